import { failed, passed } from '@sophia/core/gate/outcome';
import { judgeHttpAnswer } from '@sophia/core/gate/http-expectation';
import { parseRetryAfter } from '@sophia/core/gate/retry';

import { followRedirects } from '../../http/follow.ts';
import { badUrl } from '../api-call.ts';
import { decoded, registerHeaders } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';

/** What an expectation may look at; the rest of a body is not read. */
const MOST_BYTES = 1024 * 1024;

/** One request, its redirects, and what the check expects of the answer. */
export const http: CheckProbe<'http'> = {
  target: (check) => check.url,
  async probe(check, context) {
    if (!URL.canParse(check.url)) return failed(badUrl(check.url));
    const url = new URL(check.url);
    if (url.password !== '') context.session.host.redaction.add(decoded(url.password));
    registerHeaders(check.headers, context);
    const wanted = [check.expect.status ?? []].flat();
    const request = {
      url,
      method: check.method,
      headers: check.headers,
      body: check.body,
      signal: context.signal,
      maxBodyBytes: MOST_BYTES,
    };
    const result = await followRedirects(context.http, request, (status) => wanted.includes(status));
    if ('fault' in result) return failed(result.fault);
    const { answer } = result;
    const reached = result.url.origin + result.url.pathname;
    const details = { httpStatus: answer.status, url: reached, phases: answer.phases };
    const fault = judgeHttpAnswer(check.expect, {
      status: answer.status,
      body: answer.body.toString('utf8'),
      truncated: answer.truncated,
    });
    if (fault === undefined) return passed(`HTTP ${answer.status}`, details);
    const nowMs = context.session.host.clock.nowMs();
    return failed(fault, details, parseRetryAfter(answer.headers['retry-after'], nowMs));
  },
};
