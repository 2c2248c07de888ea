import { parseDuration } from '../duration.ts';
import { didYouMean } from '../nearest-name.ts';

/** A value, or what was expected instead. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** One input of an action: its text for people, and how its text becomes a value. */
export interface Input<T> {
  readonly description: string;
  /** As it stands in `action.yml`; empty where there is none. */
  readonly default: string;
  readonly type: string;
  readonly secret: boolean;
  readonly parse: (text: string) => Parsed<T>;
}

interface Words {
  readonly description: string;
  readonly default?: string;
}

function input<T>(type: string, words: Words, parse: (text: string) => Parsed<T>): Input<T> {
  return { description: words.description, default: words.default ?? '', type, secret: false, parse };
}

/** Any text; surrounding space is dropped. */
export const text = (words: Words): Input<string> =>
  input('text', words, (value) => ({ value: value.trim() }));

/** Text that is masked and never printed. */
export const secretText = (words: Words): Input<string> => ({ ...text(words), type: 'secret', secret: true });

/** Text of several lines, taken as it is. */
export const multiline = (words: Words): Input<string> => input('text', words, (value) => ({ value }));

/** Text of one form, which `expected` says in words; empty is allowed and stays empty. */
export function matching(pattern: RegExp, words: Words & { expected: string }): Input<string> {
  return input('text', words, (value) =>
    value.trim() === '' || pattern.test(value.trim())
      ? { value: value.trim() }
      : { expected: words.expected },
  );
}

/** One of a few words. */
export function choice<const T extends string>(
  options: readonly T[],
  words: Words & { default: T },
): Input<T> {
  return input(options.map((option) => `\`${option}\``).join(', '), words, (value) => {
    const found = options.find((option) => option === value.trim());
    if (found !== undefined) return { value: found };
    return { expected: `one of ${options.join(', ')}${didYouMean(value.trim(), options)}` };
  });
}

const TRUE = new Set(['true', 'True', 'TRUE']);
const FALSE = new Set(['false', 'False', 'FALSE']);

/** `true` or `false`, in the spellings of YAML 1.2's core schema as `@actions/core` reads them. */
export function boolean(words: Words & { default: 'true' | 'false' }): Input<boolean> {
  return input('`true`, `false`', words, (value) => {
    if (TRUE.has(value.trim())) return { value: true };
    if (FALSE.has(value.trim())) return { value: false };
    return { expected: 'true or false' };
  });
}

/** A whole number within bounds. */
export function integer(bounds: { min: number; max: number }, words: Words): Input<number> {
  return input('number', words, (value) => {
    const number = Number(value.trim());
    const fits = /^\d+$/.test(value.trim()) && number >= bounds.min && number <= bounds.max;
    return fits ? { value: number } : { expected: `a whole number from ${bounds.min} to ${bounds.max}` };
  });
}

/** A duration such as `90s`; the value is in milliseconds. */
export function duration(words: Words & { default: string }): Input<number> {
  return input('duration', words, (value) => {
    const durationMs = parseDuration(value);
    return durationMs === undefined
      ? { expected: 'a duration such as 500ms, 10s, 5m or 1h' }
      : { value: durationMs };
  });
}

const nonEmpty = (items: readonly string[]) => items.map((item) => item.trim()).filter((item) => item !== '');

/** Names, one a line or separated by commas. */
export const names = (words: Words): Input<readonly string[]> =>
  input('names', words, (value) => ({ value: nonEmpty(value.split(/[\n,]/)) }));

/** Lines, each taken whole. */
export const lines = (words: Words): Input<readonly string[]> =>
  input('lines', words, (value) => ({ value: nonEmpty(value.split('\n')) }));
