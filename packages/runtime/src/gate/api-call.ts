import { failed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';
import { DISPLAY_NAMES } from '@sophia/core/gate/rule';
import type { ServiceName } from '@sophia/core/gate/rule';

import type { HttpAnswer } from '../http/request.ts';
import type { ProbeContext } from './probe.ts';
import { jsonOf, refusal, unreadable } from './service-failure.ts';

/** One GET of a service's API. */
export interface ApiCall {
  readonly service: ServiceName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A refusal's own code, where it is not where other services put theirs. */
  readonly codeOf?: (body: unknown) => string | undefined;
}

/** The answer's JSON, or the failure. */
export type ApiResult =
  | { readonly body: Readonly<Record<string, unknown>>; readonly answer: HttpAnswer }
  | { readonly failure: ProbeResult };

const MOST_BYTES = 4 * 1024 * 1024;

const isMap = (body: unknown): body is Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

/** Asks a service without an SDK. Redirects are not followed: the token would go along. */
export async function callApi(call: ApiCall, context: ProbeContext): Promise<ApiResult> {
  const { service, headers } = call;
  if (!URL.canParse(call.url)) return { failure: failed(badUrl(call.url)) };
  const result = await context.http({
    url: new URL(call.url),
    method: 'GET',
    headers: { accept: 'application/json', ...headers },
    signal: context.signal,
    maxBodyBytes: MOST_BYTES,
  });
  if ('fault' in result) return { failure: failed(result.fault) };
  const { answer } = result;
  const body = jsonOf(answer.body);
  if (answer.status < 200 || answer.status >= 300) {
    const nowMs = context.session.host.clock.nowMs();
    return { failure: refusal(service, answer, { nowMs, code: call.codeOf?.(body) }) };
  }
  if (!isMap(body) || answer.truncated) {
    return { failure: failed(unreadable(DISPLAY_NAMES[service]), { phases: answer.phases }) };
  }
  return { body, answer };
}

/** The fault of an address that is no URL. */
export const badUrl = (url: string) => ({
  category: 'configuration' as const,
  message: `${JSON.stringify(url.slice(0, 200))} is no URL`,
  hint: 'write it with its scheme, such as https://example.com',
});
