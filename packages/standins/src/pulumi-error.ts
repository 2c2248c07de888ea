import type { Failure } from './failures.ts';
import { json, type Reply } from './reply.ts';

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized: No credentials provided or are invalid.',
  403: 'Forbidden: You do not have permission to perform this operation.',
  404: 'Not Found',
  429: 'Too Many Requests: rate limit exceeded',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Pulumi Cloud's error for a status: `{code, message}`. The 401 is verbatim, see README. */
export function pulumiError({ status, retryAfterSeconds }: Failure): Reply {
  const headers = status === 429 || status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return json(status, { code: status, message: MESSAGES[status] ?? `Error ${status}` }, headers);
}

/** The same with words of its own, and perhaps `diagnostics`. */
export function pulumiRefusal(status: number, message: string, more: object = {}): Reply {
  return json(status, { code: status, message, ...more });
}
