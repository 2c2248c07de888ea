import type { Fault } from './outcome.ts';
import { categoryOfStatus, CATEGORY_HINTS } from './service-answers.ts';

/** What a check of kind `http` expects; without a status, any of success. */
export interface HttpExpectation {
  readonly status?: number | readonly number[] | undefined;
  /** A substring of the body. */
  readonly body?: string | undefined;
  /** A subset of the body's JSON. */
  readonly json?: unknown;
}

/** The answer as far as an expectation can see it. */
export interface SeenAnswer {
  readonly status: number;
  readonly body: string;
  /** True where the body is longer than what was read. */
  readonly truncated: boolean;
}

/** @returns what is wrong with an answer; undefined where it is as expected. */
export function judgeHttpAnswer(expected: HttpExpectation, seen: SeenAnswer): Fault | undefined {
  return wrongStatus(expected, seen) ?? wrongBody(expected, seen) ?? wrongJson(expected, seen);
}

function wrongStatus({ status: wanted }: HttpExpectation, { status }: SeenAnswer): Fault | undefined {
  const list = wanted === undefined ? undefined : [wanted].flat();
  const fits = list === undefined ? status >= 200 && status < 300 : list.includes(status);
  if (fits) return undefined;
  const known = categoryOfStatus(status);
  const category = known === undefined || known === 'protocol' ? 'assertion' : known;
  const message = `HTTP ${status}, expected ${list?.join(' or ') ?? 'a success (2xx)'}`;
  return { category, message, hint: CATEGORY_HINTS[category] };
}

const LONGEST_SHOWN = 60;
const capped = (text: string) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text);
const shown = (text: string) => JSON.stringify(capped(text));

function wrongBody({ body: wanted }: HttpExpectation, { body, truncated }: SeenAnswer): Fault | undefined {
  if (wanted === undefined || body.includes(wanted)) return undefined;
  const where = truncated ? 'the first MiB of the body' : 'the body';
  return assertion(`${where} does not contain ${shown(wanted)}; it begins with ${shown(body)}`);
}

function wrongJson(expected: HttpExpectation, { body, truncated }: SeenAnswer): Fault | undefined {
  if (expected.json === undefined) return undefined;
  const hint = CATEGORY_HINTS.protocol;
  if (truncated)
    return {
      category: 'protocol',
      message: 'the body is larger than 1 MiB: too large to be read as JSON',
      hint,
    };
  const found = parse(body);
  if (found === undefined)
    return { category: 'protocol', message: `the body is no JSON; it begins with ${shown(body)}`, hint };
  const difference = subsetDifference(expected.json, found.value, '$');
  return difference === undefined ? undefined : assertion(difference);
}

const assertion = (message: string): Fault => ({
  category: 'assertion',
  message,
  hint: CATEGORY_HINTS.assertion,
});

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/**
 * Compares a subset: of a map the named keys, of a list each item in its place, else the value itself. The
 * expectation's depth bounds the walk, so a hostile body costs nothing more.
 *
 * @returns the first difference with its path, or undefined
 */
function subsetDifference(wanted: unknown, found: unknown, path: string): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) {
    return wanted === found ? undefined : `${path}: expected ${brief(wanted)}, got ${brief(found)}`;
  }
  const isSame =
    typeof found === 'object' && found !== null && Array.isArray(wanted) === Array.isArray(found);
  if (!isSame) return `${path}: expected ${Array.isArray(wanted) ? 'a list' : 'a map'}, got ${brief(found)}`;
  const map = found as Record<string, unknown>;
  for (const [key, value] of Object.entries(wanted)) {
    const inner = Object.hasOwn(map, key) ? map[key] : undefined;
    const difference = subsetDifference(value, inner, `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function brief(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a map';
  return capped(JSON.stringify(value));
}
