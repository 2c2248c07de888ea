import { connect } from 'node:net';

import type { Fault } from '@sophia/core/gate/outcome';
import { transportFault } from '@sophia/core/gate/transport-faults';

import { mcpFault } from '../mcp/mcp-error.ts';

/** Asks a health endpoint. @returns undefined where it answers 2xx */
export async function askHttp(url: string, signal: AbortSignal): Promise<Fault | undefined> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const category =
      response.status === 404 ? 'not-found' : response.status >= 500 ? 'server-error' : 'assertion';
    const hint = 'the health endpoint must answer 2xx: look into the log of the server, or correct the path';
    return { category, message: `its health endpoint answered with HTTP ${response.status}`, hint };
  } catch (error) {
    const fault = mcpFault(error);
    return fault.category === 'protocol'
      ? { ...fault, message: 'its health endpoint does not speak HTTP' }
      : fault;
  }
}

/** Connects to a port. @returns undefined where it is taken */
export function askTcp(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const abort = () => settle(mcpFault(signal.reason));
    const settle = (fault: Fault | undefined) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(fault);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(transportFault(error.code ?? '') ?? mcpFault(error)),
    );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
