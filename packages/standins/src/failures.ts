import type { Call, Reply } from './reply.ts';

/** Ways in which the transport fails, the same for every service. */
export type TransportFailure = 'slow' | 'reset' | 'truncated' | 'malformed' | 'html' | 'silence';

/**
 * What `fail` accepts: an HTTP status (answered with the service's own body for it), a fault of the
 * transport, or one of the service's named errors.
 */
export type FailureMode<Named extends string> = number | TransportFailure | Named;

/** Which requests fail, and how. */
export type FailOptions = {
  /** How many requests fail; default: all, until `recover()`. */
  readonly times?: number;
  /** Only requests whose path (with query) begins with this, or fits this expression. */
  readonly path?: string | RegExp;
  /** Only requests of this method. */
  readonly method?: string;
  /** For `slow`: how late the answer comes. Default 2000. */
  readonly delayMs?: number;
  /** For 429 and 503: the `retry-after` header. Default 1. */
  readonly retryAfterSeconds?: number;
};

/** What a service needs to word an error as the real one does. */
export type Failure = { readonly status: number; readonly retryAfterSeconds: number; readonly call: Call };

/** One planned failure. */
export type FailureRule = {
  readonly mode: number | string;
  readonly options: FailOptions;
  left: number;
};

const TRANSPORT: readonly string[] = ['slow', 'reset', 'truncated', 'malformed', 'html', 'silence'];

/** Whether a mode is a fault of the transport. */
export function isTransport(mode: number | string): mode is TransportFailure {
  return typeof mode === 'string' && TRANSPORT.includes(mode);
}

/** Takes the rule that applies to a request, and counts it; undefined: the request succeeds. */
export function takeRule(
  rules: readonly FailureRule[],
  method: string,
  target: string,
): FailureRule | undefined {
  const rule = rules.find((candidate) => candidate.left > 0 && applies(candidate.options, method, target));
  if (rule !== undefined) rule.left -= 1;
  return rule;
}

/** A captive portal or a proxy in the way: 200 with a page. */
export const HTML_PAGE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>',
};

/** The real answer with its JSON cut in the middle: well-formed HTTP, malformed body. */
export function malformed(reply: Reply): Reply {
  const body = Buffer.from(reply.body);
  return { ...reply, body: body.subarray(0, Math.max(1, Math.floor(body.length / 2))) };
}

function applies(options: FailOptions, method: string, target: string): boolean {
  if (options.method !== undefined && options.method !== method) return false;
  if (options.path === undefined) return true;
  return typeof options.path === 'string' ? target.startsWith(options.path) : options.path.test(target);
}
