import type { Category } from '../report/envelope.ts';
import type { Fault } from './outcome.ts';
import type { Rule, ServiceName } from './rule.ts';
import { SERVICE_RULES } from './service-rules.ts';

/** An answer that is no success: its HTTP status, and its body where that is JSON. */
export interface Answer {
  /** Undefined where the service speaks no HTTP statuses (Snowflake's refusals are 200). */
  readonly status?: number;
  readonly body?: unknown;
  /** A service's own code where it is not in the body. */
  readonly code?: string;
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key)
        ? (part as Record<string, unknown>)[key]
        : undefined,
    value,
  );

/** Where the services put their codes: OpenAI and Pinecone and Vercel, Anthropic's finer one, Anthropic's type. */
const CODE_PATHS = [
  ['error', 'details', 'error_code'],
  ['error', 'code'],
  ['error', 'type'],
] as const;

const textsAt = (body: unknown) =>
  CODE_PATHS.map((path) => at(body, ...path)).filter((code) => typeof code === 'string');

const messageIn = (body: unknown): string => {
  const message = at(body, 'error', 'message') ?? at(body, 'message');
  return typeof message === 'string' ? message : '';
};

const isCode = (wanted: Rule['code'], code: string) =>
  wanted instanceof RegExp ? wanted.test(code) : wanted === code;

function matches(rule: Rule, answer: Answer, codes: readonly string[]): boolean {
  if (rule.status !== undefined && rule.status !== answer.status) return false;
  if (rule.code !== undefined && !codes.some((code) => isCode(rule.code, code))) return false;
  return rule.says === undefined || rule.says.test(messageIn(answer.body));
}

/**
 * Judges a refusal by its status and code, never by its wording (but for the one case where only the wording tells:
 * Anthropic's spend limits). An answer that nobody knows is `protocol`.
 *
 * @returns category, a message that begins with the service's name where people know it, and what to do next
 */
export function judgeAnswer(service: ServiceName, answer: Answer): Fault {
  const codes = [...(answer.code === undefined ? [] : [answer.code]), ...textsAt(answer.body)];
  const rule = SERVICE_RULES[service].find((candidate) => matches(candidate, answer, codes));
  const fault = rule ?? byStatus(answer.status);
  const shown = [answer.status, codes[0]].filter((part) => part !== undefined);
  return {
    category: fault.category,
    message: shown.length === 0 ? fault.message : `${fault.message} (${shown.join(' ')})`,
    hint: fault.hint,
  };
}

/** @returns the category of an HTTP status where no service says more; undefined for a success. */
export function categoryOfStatus(status: number): Category | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 500) return 'server-error';
  return STATUS_CATEGORIES[status] ?? 'protocol';
}

const STATUS_CATEGORIES: Readonly<Record<number, Category>> = {
  401: 'unauthorized',
  402: 'billing',
  403: 'forbidden',
  404: 'not-found',
  407: 'unauthorized',
  408: 'timeout',
  410: 'not-found',
  429: 'rate-limited',
};

/** What to do next where nothing more is known than the category. */
export const CATEGORY_HINTS: Readonly<Record<Category, string>> = {
  configuration: 'correct the configuration of this check',
  dns: 'check the spelling of the host',
  refused: 'check that the service runs and listens there',
  timeout: 'check whether the service is slow, or a firewall drops the connection',
  tls: "check the server's certificate",
  unauthorized: 'the key or token is wrong or has ended: store a new one',
  forbidden: 'the key is right but may not do this: give it the scope or role',
  billing: "credit or plan is used up: see the provider's billing page",
  'rate-limited': 'too many requests for now: run again later, or ask for a higher limit',
  'not-found': 'check the name and the URL',
  'server-error': "it is the provider's fault: see its status page and run again later",
  protocol: 'something else answers there: check the URL, and proxies in between',
  assertion: 'the service answers, but not what the check expects',
  runner: "the runner's own network has no way out: run again, or check its proxy and firewall",
};

const WORDS: Readonly<Partial<Record<Category, string>>> = {
  unauthorized: 'the credentials were refused',
  billing: 'payment is required',
  forbidden: 'the credentials may not do this',
  'not-found': 'it does not exist there',
  timeout: 'the service gave up waiting',
  'rate-limited': 'too many requests',
  'server-error': 'the service itself fails',
};

function byStatus(status: number | undefined): Fault {
  const category = status === undefined ? 'protocol' : (categoryOfStatus(status) ?? 'protocol');
  const redirected = status !== undefined && status >= 300 && status < 400;
  const message = redirected
    ? 'it redirects to another address'
    : (WORDS[category] ?? 'an answer that this service is not known to give');
  return { category, message, hint: CATEGORY_HINTS[category] };
}
