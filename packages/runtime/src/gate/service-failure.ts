import { failed } from '@sophia/core/gate/outcome';
import type { Fault, ProbeResult } from '@sophia/core/gate/outcome';
import { parseRetryAfter } from '@sophia/core/gate/retry';
import { judgeAnswer } from '@sophia/core/gate/service-answers';
import { DISPLAY_NAMES } from '@sophia/core/gate/rule';
import type { ServiceName } from '@sophia/core/gate/rule';

import type { Exchange } from '../http/guarded-fetch.ts';
import type { HttpAnswer } from '../http/request.ts';

/** A refusal's body is a few lines; more of it is not worth the reading. */
const MOST_ERROR_BYTES = 64 * 1024;

/** @returns the body as JSON; undefined where it is none. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `code`: the service's own, where it is not where others put theirs. */
export interface RefusalContext {
  readonly nowMs: number;
  readonly code?: string | undefined;
}

/** @returns the failure that an answer with a status of failure is. */
export function refusal(service: ServiceName, answer: HttpAnswer, context: RefusalContext): ProbeResult {
  const { nowMs, code } = context;
  const { status, headers, phases } = answer;
  const body = answer.body.length > MOST_ERROR_BYTES ? undefined : jsonOf(answer.body);
  const fault = judgeAnswer(service, { status, body, ...(code === undefined ? {} : { code }) });
  const requestId = headers['x-request-id'] ?? headers['request-id'];
  const details = { httpStatus: status, phases, ...(requestId === undefined ? {} : { requestId }) };
  return failed(fault, details, parseRetryAfter(headers['retry-after'], nowMs));
}

/** A success that says something else than the service's API does: a proxy, a sign-in page, half an answer. */
export const unreadable = (service: string): Fault => ({
  category: 'protocol',
  message: `the answer is not what ${service}'s API gives`,
  hint: 'something else answers there: check the URL, and proxies and sign-in pages in between',
});

/** @returns what the attempt came to where an SDK threw: by what was on the wire, else by nothing known. */
export function sdkFailure(service: ServiceName, exchange: Exchange, nowMs: number): ProbeResult {
  const name = DISPLAY_NAMES[service];
  const fault = exchange.fault();
  if (fault !== undefined) return failed(fault);
  const answer = exchange.answer();
  if (answer === undefined) return failed({ ...unreadable(name), message: `${name}'s SDK sent no request` });
  const succeeded = answer.status >= 200 && answer.status < 300;
  return succeeded
    ? failed(unreadable(name), { phases: answer.phases })
    : refusal(service, answer, { nowMs });
}
