import type { Fault } from '@sophia/core/gate/outcome';

import type { Http, HttpAnswer } from './request.ts';

/** An SDK reads its whole answer into memory: more than this of it is no answer to a probe. */
const MOST_BYTES = 4 * 1024 * 1024;

const BODILESS = new Set([204, 205, 304]);

/** What an SDK's request came to, as it was on the wire: the errors of SDKs say less, and each in its own way. */
export interface Exchange {
  readonly fetch: typeof fetch;
  /** The last answer; undefined where there was none. */
  answer(): HttpAnswer | undefined;
  /** Why there was no answer. */
  fault(): Fault | undefined;
}

/**
 * A `fetch` for SDKs over guarded sockets. Redirects are not followed: the SDKs' own keys would go along.
 *
 * @param signal ends every request, besides the SDK's own
 */
export function guardedFetch(http: Http, signal: AbortSignal): Exchange {
  let answer: HttpAnswer | undefined;
  let fault: Fault | undefined;
  const send = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, { ...init, redirect: 'manual' });
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const result = await http({
      url: new URL(request.url),
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body,
      signal: AbortSignal.any([signal, request.signal]),
      maxBodyBytes: MOST_BYTES,
    });
    if ('fault' in result) {
      fault = result.fault;
      throw new TypeError(`fetch failed: ${result.fault.message}`);
    }
    answer = result.answer;
    if (answer.truncated) {
      fault = { category: 'protocol', message: 'the answer is larger than 4 MiB', hint: 'check the URL' };
      throw new TypeError(`fetch failed: ${fault.message}`);
    }
    return new Response(BODILESS.has(answer.status) ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };
  return { fetch: send as typeof fetch, answer: () => answer, fault: () => fault };
}
