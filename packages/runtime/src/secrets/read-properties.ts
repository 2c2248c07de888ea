import type { EscProperties, EscRange, EscScalar, EscValue } from '@sophia/core/esc/esc-value';
import { ExactNumber } from '@sophia/core/esc/expression';

import { isObject } from './read-answer.ts';
import type { JsonObject } from './read-answer.ts';

/** Deeper than any environment that a person wrote; a hostile one must not exhaust the stack. */
const MOST_DEPTH = 200;

/**
 * Reads the raw `properties` of an opened environment. The SDK's own `values` lose the marks of secrets and mistake
 * any object with a key named `value` (notes of ESC), so the tree is walked here.
 *
 * @returns undefined where it has not the shape that Pulumi Cloud gives
 */
export function readProperties(json: unknown, depth = 0): EscProperties | undefined {
  if (!isObject(json) || depth > MOST_DEPTH) return undefined;
  const entries: [string, EscValue][] = [];
  for (const [name, raw] of Object.entries(json)) {
    const value = readValue(raw, depth + 1);
    if (value === undefined) return undefined;
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function readValue(raw: unknown, depth: number): EscValue | undefined {
  if (!isObject(raw) || depth > MOST_DEPTH) return undefined;
  const marks = {
    ...(raw['secret'] === true ? { secret: true } : {}),
    ...(raw['unknown'] === true ? { unknown: true } : {}),
    trace: readTrace(raw['trace']),
  };
  const inner = raw['value'];
  if (inner instanceof ExactNumber) return { value: Number(inner.text), text: inner.text, ...marks };
  if (isScalar(inner)) return { value: inner, ...marks };
  if (inner === undefined) return marks;
  const content = Array.isArray(inner) ? readList(inner, depth) : readProperties(inner, depth);
  return content === undefined ? undefined : { value: content, ...marks };
}

function readList(items: readonly unknown[], depth: number): readonly EscValue[] | undefined {
  const values = items.map((item) => readValue(item, depth + 1));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function isScalar(value: unknown): value is EscScalar {
  return value === null || ['boolean', 'string'].includes(typeof value);
}

function readTrace(raw: unknown): { readonly def?: EscRange } {
  const def = isObject(raw) ? readRange(raw['def']) : undefined;
  return def === undefined ? {} : { def };
}

/** @returns a place in a definition, or undefined where the answer has none. */
export function readRange(raw: unknown): EscRange | undefined {
  if (!isObject(raw) || typeof raw['environment'] !== 'string') return undefined;
  const begin = readPosition(raw['begin']);
  const end = readPosition(raw['end']);
  return begin && end ? { environment: raw['environment'], begin, end } : undefined;
}

function readPosition(raw: unknown): EscRange['begin'] | undefined {
  const { line, column }: JsonObject = isObject(raw) ? raw : {};
  const [at, character] = [numberOf(line), numberOf(column)];
  return at === undefined || character === undefined ? undefined : { line: at, column: character };
}

function numberOf(raw: unknown): number | undefined {
  if (raw instanceof ExactNumber) return Number(raw.text);
  return typeof raw === 'number' ? raw : undefined;
}
