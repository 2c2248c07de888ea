import { connectTcp, hostOf } from '../http/connect.ts';
import { wayTo } from '../http/proxy.ts';
import type { Http, Network } from '../http/request.ts';

/** Time for a canary: a runner with a network needs a tenth of it. */
const CANARY_TIMEOUT_MS = 3_000;

const HTTPS_PORT = 443;

/** What canaries are reached by: a proxy, where the job has one. */
export interface WayOut {
  readonly http: Http;
  readonly variables: Network['variables'];
}

/**
 * Tries to connect to hosts that have nothing to do with each other; asked only when checks failed as they would
 * without a network. A connection is opened and closed; nothing is sent (to a proxy: an empty HEAD through it).
 *
 * @param canaries each `host` or `host:port`; none: the question is not asked
 * @returns true where any is reached, or none is configured
 */
export async function hasWayOut(canaries: readonly string[], way: WayOut): Promise<boolean> {
  if (canaries.length === 0) return true;
  const signal = AbortSignal.timeout(CANARY_TIMEOUT_MS);
  const reached = await Promise.all(
    canaries.map((canary) => Promise.race([isReached(canary, way, signal), aborted(signal)])),
  );
  return reached.includes(true);
}

async function isReached(canary: string, { http, variables }: WayOut, signal: AbortSignal): Promise<boolean> {
  const host = hostOf(canary) ?? canary;
  const port = Number(/:(\d+)$/.exec(canary)?.[1] ?? HTTPS_PORT);
  const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}/`);
  const choice = wayTo(url, variables);
  if ('proxy' in choice && choice.proxy !== undefined)
    return 'answer' in (await http({ url, method: 'HEAD', headers: {}, signal, maxBodyBytes: 0 }));
  const result = await connectTcp({ host, port, signal });
  if ('fault' in result) return false;
  result.socket.destroy();
  return true;
}

const aborted = (signal: AbortSignal) =>
  new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
