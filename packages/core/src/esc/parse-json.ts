import { ExactNumber } from './expression.ts';
import { MAX_DEPTH } from './limits.ts';

/** JSON with numbers kept digit by digit, and maps that any key may enter (`__proto__` too). */
export type ExactJson =
  null | boolean | string | ExactNumber | readonly ExactJson[] | ReadonlyMap<string, ExactJson>;

const WHITE_SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * Parses JSON (RFC 8259) without rounding numbers.
 *
 * @throws SyntaxError with the offset and without a piece of the text, which may be a secret.
 */
export function parseExactJson(text: string): ExactJson {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class JsonReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): ExactJson {
    if (depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`);
    this.#take(WHITE_SPACE);
    if (this.#skip('{')) return this.#map(depth);
    if (this.#skip('[')) return this.#list(depth);
    const string = this.#take(STRING);
    if (string !== undefined) return String(JSON.parse(string));
    const number = this.#take(NUMBER);
    if (number !== undefined) return new ExactNumber(number);
    const word = this.#take(WORD);
    if (word === undefined) throw this.#unexpected();
    return word === 'null' ? null : word === 'true';
  }

  end(): void {
    this.#take(WHITE_SPACE);
    if (this.#offset < this.#text.length) throw this.#unexpected();
  }

  #list(depth: number): readonly ExactJson[] {
    const items: ExactJson[] = [];
    if (this.#skip(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected();
    return items;
  }

  #map(depth: number): ReadonlyMap<string, ExactJson> {
    const map = new Map<string, ExactJson>();
    if (this.#skip('}')) return map;
    do {
      this.#take(WHITE_SPACE);
      const key = this.#take(STRING);
      if (key === undefined || !this.#skip(':')) throw this.#unexpected();
      map.set(String(JSON.parse(key)), this.value(depth + 1));
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected();
    return map;
  }

  #skip(character: string): boolean {
    this.#take(WHITE_SPACE);
    if (this.#text[this.#offset] !== character) return false;
    this.#offset++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#offset += match[0].length;
    return match[0];
  }

  #unexpected(): SyntaxError {
    if (this.#offset >= this.#text.length) return new SyntaxError('unexpected end');
    return new SyntaxError(`unexpected character at offset ${this.#offset}`);
  }
}
