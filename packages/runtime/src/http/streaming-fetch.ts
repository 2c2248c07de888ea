import { Readable } from 'node:stream';

import type { Fault } from '@sophia/core/gate/outcome';

import { openAgents } from './agents.ts';
import { headersOf, openRequest } from './request.ts';
import type { Network } from './request.ts';
import { guardedLookup } from './resolver.ts';

/** How a `fetch` goes out. */
export interface Streaming {
  /** Ends every request and stream, besides the caller's own. */
  readonly signal: AbortSignal;
  /** Where proxies are named. */
  readonly variables: Network['variables'];
  /** Called with the reason where there is no answer: clients wrap it, each in its own way. */
  readonly onFault: (fault: Fault) => void;
}

const BODILESS = new Set([204, 205, 304]);

/**
 * A `fetch` over guarded sockets whose answers arrive as they come: for protocols with streams of events. Redirects
 * are not followed. Whoever asked caps what they read.
 */
export function streamingFetch({ signal, variables, onFault }: Streaming): typeof fetch {
  const agents = openAgents(guardedLookup());
  signal.addEventListener('abort', () => agents.close(), { once: true });
  const send = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, { ...init, redirect: 'manual' });
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const asked = {
      url: new URL(request.url),
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body,
      signal: AbortSignal.any([signal, request.signal]),
    };
    const opened = await openRequest({ agents, variables }, asked, false);
    if ('fault' in opened) {
      onFault(opened.fault);
      throw new TypeError(`fetch failed: ${opened.fault.message}`);
    }
    const { response } = opened;
    const status = response.statusCode ?? 0;
    const stream = BODILESS.has(status) ? null : Readable.toWeb(response);
    return new Response(stream as ReadableStream | null, { status, headers: headersOf(response) });
  };
  return send as typeof fetch;
}
