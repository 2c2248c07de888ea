import { escKind, type EscProperties, type EscValue } from '../esc/esc-value.ts';

/** Names and indices on the way to a property. */
export type PropertyPath = readonly (string | number)[];

const NAME = /[^.[\]"\s]+/y;
const INDEX = /\[(0|[1-9][0-9]{0,8})\]/y;
const KEY = /\["((?:[^"\\]|\\["\\])+)"\]/y;

/**
 * Parses `a.b[0]["c.d"]`; in quotes `\"` is a quote and `\\` a backslash.
 *
 * @returns undefined if the text is no property path.
 */
export function parsePropertyPath(text: string): PropertyPath | undefined {
  const path: (string | number)[] = [];
  let offset = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match !== null) offset += match[0].length;
    return match?.[1] ?? match?.[0];
  };
  while (offset < text.length) {
    const isSubscript = text[offset] === '[';
    if (!isSubscript && path.length > 0) {
      if (text[offset] !== '.') return undefined;
      offset++;
    }
    const index = isSubscript && path.length > 0 ? take(INDEX) : undefined;
    const key = index === undefined && isSubscript ? take(KEY)?.replaceAll(/\\(["\\])/g, '$1') : undefined;
    const name = isSubscript ? key : take(NAME);
    if (index !== undefined) path.push(Number(index));
    else if (name !== undefined) path.push(name);
    else return undefined;
  }
  return path.length === 0 ? undefined : path;
}

/** @returns the path as text, in the form that {@link parsePropertyPath} reads. */
export function formatPropertyPath(path: PropertyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[^.[\]"\s]+$/.test(step)) return `${text}["${step.replaceAll(/["\\]/g, '\\$&')}"]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/**
 * @returns the value at a path, or undefined if there is none. Below an unknown value everything is unknown, and
 *   below a secret everything is secret.
 */
export function lookUp(properties: EscProperties, path: PropertyPath): EscValue | undefined {
  let value: EscValue | undefined = { value: properties };
  let secret = false;
  for (const step of path) {
    if (value === undefined) return undefined;
    secret ||= value.secret === true;
    if (value.unknown === true) return secret ? { unknown: true, secret: true } : { unknown: true };
    value = partOf(value, step);
  }
  return value === undefined || !secret ? value : { ...value, secret: true };
}

function partOf(value: EscValue, step: string | number): EscValue | undefined {
  const kind = escKind(value);
  if (kind.kind === 'list') return typeof step === 'number' ? kind.items[step] : undefined;
  if (kind.kind !== 'map') return undefined;
  const key = String(step);
  return Object.hasOwn(kind.entries, key) ? kind.entries[key] : undefined;
}
