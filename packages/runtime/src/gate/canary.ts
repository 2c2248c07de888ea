import { connectTcp, hostOf } from '../http/connect.ts';

/** Time for a canary: a runner with a network needs a tenth of it. */
const CANARY_TIMEOUT_MS = 3_000;

const HTTPS_PORT = 443;

/**
 * Tries to connect to hosts that have nothing to do with each other; asked only when checks failed as they would
 * without a network. A connection is opened and closed; nothing is sent.
 *
 * @param canaries each `host` or `host:port`; none: the question is not asked
 * @returns true where any is reached, or none is configured
 */
export async function hasWayOut(canaries: readonly string[]): Promise<boolean> {
  if (canaries.length === 0) return true;
  const signal = AbortSignal.timeout(CANARY_TIMEOUT_MS);
  const reached = await Promise.all(
    canaries.map(async (canary) => {
      const host = hostOf(canary) ?? canary;
      const port = Number(/:(\d+)$/.exec(canary)?.[1] ?? HTTPS_PORT);
      const result = await Promise.race([connectTcp({ host, port, signal }), aborted(signal)]);
      if (result === undefined || 'fault' in result) return false;
      result.socket.destroy();
      return true;
    }),
  );
  return reached.includes(true);
}

const aborted = (signal: AbortSignal) =>
  new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
