/** A place in a definition: `line` from 1, `column` from 1, counted in characters. */
export interface EscPosition {
  readonly line: number;
  readonly column: number;
}

/** A stretch of an environment's definition; `environment` is the name it was loaded by. */
export interface EscRange {
  readonly environment: string;
  readonly begin: EscPosition;
  readonly end: EscPosition;
}

export type EscScalar = null | boolean | number | string;

/**
 * One value of an evaluated environment, in the shape that Pulumi Cloud answers with too: `value` holds a
 * scalar, a list or a map of further values; absent and known means null.
 */
export interface EscValue {
  readonly value?: EscScalar | readonly EscValue[] | EscProperties;
  readonly secret?: boolean;
  readonly unknown?: boolean;
  /** A number's exact digits; `value` may have lost some beyond 2^53. */
  readonly text?: string;
  readonly trace?: { readonly def?: EscRange };
}

export type EscProperties = { readonly [name: string]: EscValue };

/** What a value is, with the two cases that have no JSON type made explicit. */
export type EscKind =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'null' }
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly EscValue[] }
  | { readonly kind: 'map'; readonly entries: EscProperties };

/** @returns what the value is; a scalar's text is as ESC writes it into strings. */
export function escKind(value: EscValue): EscKind {
  if (value.unknown === true) return { kind: 'unknown' };
  const inner = value.value;
  if (inner === undefined || inner === null) return { kind: 'null' };
  if (typeof inner !== 'object') return { kind: 'scalar', text: value.text ?? String(inner) };
  if (isList(inner)) return { kind: 'list', items: inner };
  return { kind: 'map', entries: inner };
}

function isList(inner: readonly EscValue[] | EscProperties): inner is readonly EscValue[] {
  return Array.isArray(inner);
}
