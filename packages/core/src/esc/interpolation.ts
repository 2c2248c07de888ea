/** One step of a property access, with its place in the text: offsets in UTF-16 units. */
export interface Accessor {
  /** `name` for `a` and `["a"]`, a number for `[0]`. */
  readonly key: string | number;
  readonly start: number;
  readonly end: number;
}

/** Text, followed by the value of an access where there is one. `$$` is already a single `$`. */
export interface InterpolationPart {
  readonly text: string;
  readonly access?: readonly Accessor[];
}

/** What is wrong with an interpolation, from `start` to `end` in the text. */
export interface InterpolationProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export interface Interpolation {
  readonly parts: readonly InterpolationPart[];
  readonly problems: readonly InterpolationProblem[];
}

/**
 * Splits a string at its `${property.access}` parts. A broken access is reported and read as far as it goes, so
 * that everything else in the definition is still checked.
 */
export function parseInterpolation(text: string): Interpolation {
  const parts: InterpolationPart[] = [];
  const problems: InterpolationProblem[] = [];
  let literal = '';
  let offset = 0;
  while (offset < text.length) {
    const dollar = text.indexOf('$', offset);
    if (dollar === -1) break;
    literal += text.slice(offset, dollar);
    const next = text[dollar + 1];
    if (next === '{') {
      const parser = new AccessParser(text, dollar + 2, problems);
      parts.push({ text: literal, access: parser.parse() });
      literal = '';
      offset = parser.offset;
    } else {
      literal += '$';
      offset = dollar + (next === '$' ? 2 : 1);
    }
  }
  literal += text.slice(offset);
  if (literal !== '') parts.push({ text: literal });
  return { parts, problems };
}

/**
 * Reads one access behind its `${`, such as `a.b[0]["k"]`. It is looser than the documentation: a name is
 * anything up to `.`, `[`, `}` or white space.
 */
class AccessParser {
  offset: number;
  readonly #text: string;
  readonly #problems: InterpolationProblem[];
  readonly #accessors: Accessor[] = [];

  constructor(text: string, offset: number, problems: InterpolationProblem[]) {
    this.#text = text;
    this.offset = offset;
    this.#problems = problems;
  }

  parse(): readonly Accessor[] {
    for (;;) {
      const character = this.#peek();
      const start = this.offset;
      if (character === undefined || isSpace(character)) {
        this.#problem(start, "missing closing brace '}' in interpolation");
        return this.#finish(start);
      }
      if (character === '}') {
        this.offset++;
        return this.#finish(start);
      }
      if (character === '[') this.#subscript();
      else this.#name();
    }
  }

  #finish(start: number): readonly Accessor[] {
    if (this.#accessors.length === 0) this.#push('', start);
    return this.#accessors;
  }

  #name(): void {
    const start = this.offset;
    if (this.#peek() === '.') this.offset++;
    const name = this.#take((character) => !endsName(character));
    if (name === '') this.#problem(start, 'property name must not be empty');
    this.#push(name, start);
  }

  #subscript(): void {
    const start = this.offset++;
    const key =
      this.#peek() === '"' ? this.#quotedKey(start) : this.#peek() === undefined ? '' : this.#index(start);
    if (this.#peek() === ']') this.offset++;
    else this.#problem(start, "subscript is missing closing bracket ']'");
    this.#push(key, start);
  }

  #quotedKey(start: number): string {
    this.offset++;
    let key = '';
    for (;;) {
      const character = this.#peek();
      if (character === undefined) {
        this.#problem(start + 1, `key subscript is missing closing quote '"'`);
        return key;
      }
      this.offset++;
      if (character === '"') break;
      const isEscape = character === '\\' && this.#peek() === '"';
      if (isEscape) this.offset++;
      key += isEscape ? '"' : character;
    }
    if (key === '') this.#problem(start + 1, 'key subscript must not be empty');
    return key;
  }

  #index(start: number): string | number {
    const digits = this.#take((character) => character !== ']' && !endsName(character));
    if (!/^[-+]?\d{1,15}$/.test(digits)) {
      this.#problem(start + 1, 'numeric subscript must be a positive base-10 integer');
      return digits;
    }
    if (this.#accessors.length === 0) {
      this.#problem(
        start,
        'the first accessor must be a property name or key subscript, not a numeric subscript',
      );
    }
    return Number(digits);
  }

  #take(accepts: (character: string) => boolean): string {
    const start = this.offset;
    while (this.offset < this.#text.length && accepts(this.#text[this.offset] ?? '')) this.offset++;
    return this.#text.slice(start, this.offset);
  }

  #peek(): string | undefined {
    return this.#text[this.offset];
  }

  #push(key: string | number, start: number): void {
    this.#accessors.push({ key, start, end: this.offset });
  }

  #problem(start: number, message: string): void {
    this.#problems.push({ message, start, end: this.offset });
  }
}

function isSpace(character: string): boolean {
  return /\s/.test(character);
}

function endsName(character: string): boolean {
  return character === '.' || character === '[' || character === '}' || isSpace(character);
}
