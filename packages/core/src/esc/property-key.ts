const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** @returns `path` with a key added: `.key` for an identifier, `["key"]` for anything else. */
export function joinKey(path: string, key: string): string {
  if (!IDENTIFIER.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Orders keys by code point, as Go sorts strings; UTF-16 order differs beyond U+FFFF. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return orderOf(a) - orderOf(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above every other unit, so they sort last. */
function orderOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
