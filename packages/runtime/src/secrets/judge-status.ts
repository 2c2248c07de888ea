import { parseRetryAfter } from '@sophia/core/gate/retry';

import { lasting, passing } from './cloud-failure.ts';
import type { CloudFailure } from './cloud-failure.ts';
import { header, readRefusal } from './read-answer.ts';
import type { CloudAnswer } from './read-answer.ts';
import { whoTells } from './who-tells.ts';

/** What was asked, for words that help. */
export interface Asked {
  /** What was to be done, such as `open acme/default/app`. */
  readonly what: string;
  /** Whom, with the port. */
  readonly host: string;
  readonly nowMs: number;
}

/** Longest part of a service's own words that is shown. */
const LONGEST_WORDS = 200;

/** @returns a service's own words on one line, cut and quoted; empty where it said nothing. */
export function quoted(words: unknown): string {
  if (typeof words !== 'string' || words.trim() === '') return '';
  const line = words.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return `: "${line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}...` : line}"`;
}

/** @returns what an answer with a status of failure means; undefined for a success. */
export function judgeStatus(answer: CloudAnswer, asked: Asked): CloudFailure | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const said = quoted(readRefusal(answer)['message']);
  const message = `Pulumi Cloud answers ${status} to "${asked.what}"${said}`;
  const retryAfterMs = parseRetryAfter(header(answer, 'retry-after') || undefined, asked.nowMs);
  const hint = `run again in a while; ${whoTells(asked.host)}`;
  if (status === 429) return passing('rate-limited', { message, hint }, retryAfterMs).failure;
  if (status === 408 || status >= 500) return passing('unavailable', { message, hint }, retryAfterMs).failure;
  return refused(status, message).failure;
}

function refused(status: number, message: string) {
  switch (status) {
    case 401:
      return lasting('unauthorized', {
        message,
        hint: 'the access token is wrong or has expired: renew it, or let the job sign in by OIDC (input `oidc-organization`)',
      });
    case 403:
      return lasting('forbidden', {
        message,
        hint: 'the token is good, but may not open this environment: give its user or team the permission "open" on it, or check the organisation',
      });
    case 404:
      return lasting('not-found', {
        message,
        hint: 'check organisation, project, name and version; Pulumi Cloud answers the same where the token may not see the environment',
      });
    case 407:
      return lasting('forbidden', {
        message: `the proxy asks for credentials (407)`,
        hint: 'give them in HTTPS_PROXY (http://user:password@host:port), or list the backend in NO_PROXY',
      });
    default:
      return otherwise(status, message);
  }
}

function otherwise(status: number, message: string) {
  const hint =
    status >= 300 && status < 400
      ? 'redirects are not followed, as the token would go along: set `cloud-url` to the API itself'
      : 'check the inputs of this step and `cloud-url`';
  return lasting('protocol', { message, hint });
}
