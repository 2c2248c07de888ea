import { escKind, type EscValue } from './esc-value.ts';

export type PlainJson =
  null | boolean | number | string | readonly PlainJson[] | { readonly [name: string]: PlainJson };

/**
 * @returns plain JSON with the secrets in it; what is unknown reads `[unknown]`. For a whole environment give
 * `{ value: properties }`.
 */
export function revealed(value: EscValue): PlainJson {
  return plain(value, revealed);
}

/** @returns plain JSON in which each secret reads `[secret]` and what is unknown reads `[unknown]`. */
export function redacted(value: EscValue): PlainJson {
  return value.secret === true ? '[secret]' : plain(value, redacted);
}

function plain(value: EscValue, inner: (part: EscValue) => PlainJson): PlainJson {
  const kind = escKind(value);
  switch (kind.kind) {
    case 'unknown':
      return '[unknown]';
    case 'null':
      return null;
    case 'scalar':
      return value.value === undefined || typeof value.value === 'object' ? null : value.value;
    case 'list':
      return kind.items.map(inner);
    case 'map':
      return recordOf(Object.entries(kind.entries).map(([key, part]) => [key, inner(part)]));
  }
}

/** @returns an object that takes any key, `__proto__` included, as its own. */
export function recordOf<T>(entries: readonly (readonly [string, T])[]): { readonly [name: string]: T } {
  const record: { [name: string]: T } = {};
  for (const [key, value] of entries) {
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return record;
}
