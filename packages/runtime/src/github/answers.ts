import { SophiaError } from '@sophia/core/errors';
import type { ErrorCode } from '@sophia/core/errors';
import { isJson, listAt, textAt } from '@sophia/core/report/read/json';

/** Why GitHub refused, and whether asking again can help. */
export interface Refusal {
  readonly error: SophiaError;
  /** Milliseconds to wait before asking again; undefined where asking again is useless. */
  readonly retryAfterMs: number | undefined;
  /** True where GitHub surely did not do what was asked, so that asking again does it once. */
  readonly notDone: boolean;
}

/** GitHub's documentation asks to wait a minute where a secondary limit names no time. */
const UNNAMED_LIMIT_MS = 60_000;
const SERVER_TROUBLE_MS = 1_000;
const LONGEST_WORDS = 300;

type Headers = Readonly<Record<string, unknown>>;

const header = (headers: Headers, name: string): number | undefined => {
  const value = Number(headers[name] ?? NaN);
  return Number.isFinite(value) ? value : undefined;
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly words: string;
}

/**
 * @returns how long GitHub wants us to wait, by its rules for both kinds of limits
 *   (docs.github.com, "Best practices for using the REST API"); undefined where no limit was reached
 */
function limitedForMs({ status, headers, words }: Answer, nowMs: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = header(headers, 'retry-after');
  if (retryAfter !== undefined) return retryAfter * 1_000;
  const reset = header(headers, 'x-ratelimit-reset');
  if (header(headers, 'x-ratelimit-remaining') === 0 && reset !== undefined)
    return Math.max(0, reset * 1_000 - nowMs);
  return status === 429 || /rate limit/i.test(words) ? UNNAMED_LIMIT_MS : undefined;
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'not-found',
  429: 'rate-limited',
};

const HINTS: Partial<Readonly<Record<ErrorCode, string>>> = {
  unauthorized: 'give a token that is valid: `github-token: ${{ github.token }}`',
  forbidden: "add the permission that the action's README names to the job; a fork's pull request has none",
  'not-found': 'check the name or number, and that the token may see the repository',
  'rate-limited': 'wait, or run fewer jobs at once',
};

/** GitHub's `message` and the first of its `errors`, on one line; never headers, so never the token. */
function wordsOf(body: unknown): string {
  if (!isJson(body)) return '';
  const details = listAt(body, 'errors').map((one) =>
    typeof one === 'string' ? one : textAt(one, 'message') || textAt(one, 'code'),
  );
  const words = [textAt(body, 'message'), ...details.slice(0, 1)].filter((part) => part !== '');
  return words.join(': ').replace(/\s+/g, ' ').slice(0, LONGEST_WORDS);
}

interface Failure {
  readonly route: string;
  readonly thrown: unknown;
  readonly nowMs: number;
}

/**
 * Rebuilds what the client threw. Its own errors carry the request with its headers, and print bodies: nothing of that
 * gets through.
 */
export function refusalOf({ route, thrown, nowMs }: Failure): Refusal {
  const status = isError(thrown) && typeof thrown.status === 'number' ? thrown.status : 0;
  const response = isError(thrown) && isJson(thrown.response) ? thrown.response : {};
  const words = wordsOf(response['data']);
  const headers = isJson(response['headers']) ? response['headers'] : {};
  const limitedMs = limitedForMs({ status, headers, words }, nowMs);
  const code = limitedMs === undefined ? (CODES[status] ?? codeOf(status)) : 'rate-limited';
  const what =
    status === 0 ? 'gave no whole answer' : `answered ${status}${words === '' ? '' : `: ${words}`}`;
  return {
    error: new SophiaError(code, {
      message: `GitHub ${what} (${route.replace(/\{.*?\}/g, '…')})`,
      hint: HINTS[code] ?? 'see githubstatus.com, and run the job again',
      details: { status },
    }),
    retryAfterMs: limitedMs ?? (status === 0 || status >= 500 ? SERVER_TROUBLE_MS : undefined),
    notDone: limitedMs !== undefined,
  };
}

const codeOf = (status: number): ErrorCode => (status === 0 || status >= 500 ? 'unavailable' : 'protocol');

function isError(thrown: unknown): thrown is { status?: unknown; response?: unknown } {
  return typeof thrown === 'object' && thrown !== null;
}

/** @returns the status that GitHub answered with; 0 where it was none of its answers. */
export function statusOf(error: unknown): number {
  const status = error instanceof SophiaError ? error.details['status'] : undefined;
  return typeof status === 'number' ? status : 0;
}
