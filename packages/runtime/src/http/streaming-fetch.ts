import { Readable } from 'node:stream';

import type { Fault } from '@sophia/core/gate/outcome';

import { agentsWith, headersOf, openRequest } from './request.ts';

const BODILESS = new Set([204, 205, 304]);

/**
 * A `fetch` over guarded sockets whose answers arrive as they come: for protocols with streams of events. Redirects
 * are not followed. Whoever asked caps what they read.
 *
 * @param signal ends every request and stream, besides the caller's own
 * @param onFault called with the reason where there is no answer: clients wrap it, each in its own way
 */
export function streamingFetch(signal: AbortSignal, onFault: (fault: Fault) => void): typeof fetch {
  const agents = agentsWith();
  const send = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, { ...init, redirect: 'manual' });
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const opened = await openRequest(agents, {
      url: new URL(request.url),
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body,
      signal: AbortSignal.any([signal, request.signal]),
    });
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
