import type { Failure } from './failures.ts';
import { json, type Call, type Reply } from './reply.ts';

const DOCUMENTATION = 'https://docs.github.com/rest';
const HOUR_MS = 3_600_000;
const MAX_PER_PAGE = 100;
const MAX_BODY = 65_536;

/** GitHub's error body: `{message, documentation_url, status}` and what the error adds. */
export function gitHubError(status: number, message: string, more: object = {}): Reply {
  return json(status, { message, ...more, documentation_url: DOCUMENTATION, status: String(status) });
}

/** 404 without a word on what was not found. */
export function notFound(): Reply {
  return gitHubError(404, 'Not Found');
}

/** 422 of a request that the service understands and refuses. */
export function validationFailed(resource: string, field: string, message: string): Reply {
  return gitHubError(422, 'Validation Failed', { errors: [{ resource, code: 'custom', field, message }] });
}

/** Whether a body is beyond GitHub's limit for issues and comments: 65,536 characters. */
export function isTooLong(body: string | null | undefined): boolean {
  return (body?.length ?? 0) > MAX_BODY;
}

/** 422 of a body that is too long. */
export function tooLong(resource: string): Reply {
  return validationFailed(resource, 'body', `Body is too long (maximum is ${MAX_BODY} characters)`);
}

/** What a fork's token, or one without the permission, gets for each write. */
export function notAccessible(): Reply {
  return gitHubError(403, 'Resource not accessible by integration');
}

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Bad credentials',
  403: 'Resource not accessible by integration',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Validation Failed',
  429: 'API rate limit exceeded',
  500: 'Server Error',
  502: 'Server Error',
  503: 'Service unavailable',
};

/** The error of a plain status; 429 and 503 carry `retry-after`. */
export function statusError({ status, retryAfterSeconds }: Failure): Reply {
  const reply = gitHubError(status, MESSAGES[status] ?? `Error ${status}`);
  const headers: Record<string, string> =
    status === 429 || status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** 403 of too many writes in a short time; `retry-after` says when to come back. */
export function secondaryRateLimit({ retryAfterSeconds }: Failure): Reply {
  const reply = gitHubError(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  );
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** 403 of the hourly budget used up; `x-ratelimit-reset` says when it is full again. */
export function primaryRateLimit(): Reply {
  const reply = gitHubError(403, 'API rate limit exceeded for installation.');
  return { ...reply, headers: { ...reply.headers, ...rateLimitHeaders(5_000) } };
}

/** The headers of every answer, after `used` requests of 5000 an hour. */
export function rateLimitHeaders(used: number): Record<string, string> {
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(Math.max(0, 5_000 - used)),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(Math.ceil((Date.now() + HOUR_MS) / 1_000)),
    'x-ratelimit-resource': 'core',
    'x-github-request-id': 'STAN:DIN0:000000:000000:00000000',
    'x-github-media-type': 'github.v3; format=json',
  };
}

/** One page of a list, with the `link` header; `wrap` puts the items into the answer's shape. */
export function page<T>(
  call: Call,
  items: readonly T[],
  wrap: (items: readonly T[]) => unknown = (all) => all,
): Reply {
  const size = Math.min(MAX_PER_PAGE, Math.max(1, Number(call.query.get('per_page') ?? 30)));
  const number = Math.max(1, Number(call.query.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const address = (to: number): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.url}${encodeURI(call.path)}?${query.toString()}>`;
  };
  const links = [
    ...(number > 1 ? [`${address(number - 1)}; rel="prev"`] : []),
    ...(number < last ? [`${address(number + 1)}; rel="next"`, `${address(last)}; rel="last"`] : []),
    ...(number > 1 ? [`${address(1)}; rel="first"`] : []),
  ];
  const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(', ') };
  return json(200, wrap(items.slice((number - 1) * size, number * size)), headers);
}

/**
 * Items in the order that `sort` and `direction` ask for: by creation, newest first unless `asc`. Throws
 * for any other `sort`: the stand-in does not know it.
 */
export function ordered<T>(call: Call, items: Iterable<T>, created: (item: T) => number): readonly T[] {
  const sort = call.query.get('sort') ?? 'created';
  if (sort !== 'created') throw new Error(`${call.path}: the stand-in does not sort by ${sort}`);
  const newestFirst = [...items].toSorted((a, b) => created(b) - created(a));
  return call.query.get('direction') === 'asc' ? newestFirst.toReversed() : newestFirst;
}

/** A moment as GitHub writes it: seconds, UTC. */
export function timestamp(date = new Date()): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
