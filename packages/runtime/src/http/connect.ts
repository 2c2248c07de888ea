import { connect } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';

import type { Fault } from '@sophia/core/gate/outcome';

import { guardedLookup, refuseForbiddenLiteral } from './resolver.ts';
import { socketFault } from './socket-fault.ts';

/** Where to connect to, and until when. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/** A fault of a socket that has no known code. */
export const unknownSocketFault: Fault = {
  category: 'protocol',
  message: 'the connection failed in a way that is not known',
  hint: 'check host and port',
};

/** @returns the host of a URL or of `host:port`, without the brackets of IPv6; undefined where there is none. */
export function hostOf(target: string): string | undefined {
  const text = target.includes('://') ? target : `tcp://${target}`;
  if (!URL.canParse(text)) return undefined;
  return new URL(text).hostname.replace(/^\[|\]$/g, '').toLowerCase() || undefined;
}

/** @returns a connected socket, which the caller destroys, or why there is none. */
export function connectTcp(
  { host, port, signal }: Endpoint,
  lookup: LookupFunction = guardedLookup(),
): Promise<{ readonly socket: Socket } | { readonly fault: Fault }> {
  return new Promise((resolve) => {
    const fail = (error: unknown) => resolve({ fault: socketFault(error) ?? unknownSocketFault });
    try {
      refuseForbiddenLiteral(host);
      const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, lookup, signal });
      socket.once('error', fail);
      socket.once('connect', () => resolve({ socket }));
    } catch (error) {
      fail(error);
    }
  });
}
