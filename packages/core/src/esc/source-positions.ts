import type { EscPosition } from './esc-value.ts';

/**
 * Turns offsets of a source text into lines and columns, counting columns in characters (code points) as
 * yaml.v3 does.
 */
export class SourcePositions {
  readonly #source: string;
  readonly #lineStarts: readonly number[];
  /** For each offset the number of surrogate pairs before it; absent where there are none. */
  readonly #pairsBefore: Uint32Array | undefined;

  constructor(source: string) {
    this.#source = source;
    this.#lineStarts = findLineStarts(source);
    this.#pairsBefore = /[\ud800-\udbff]/.test(source) ? countPairs(source) : undefined;
  }

  /** @returns the place of an offset in UTF-16 units. */
  at(offset: number): EscPosition {
    const line = this.#lineOf(offset);
    const start = this.#lineStarts[line - 1] ?? 0;
    return { line, column: offset - start - this.#pairsBetween(start, offset) + 1 };
  }

  /** @returns the offset behind the last character before `offset` that is no white space. */
  trimmedBefore(offset: number): number {
    let end = offset;
    while (end > 0 && /\s/.test(this.#source[end - 1] ?? '')) end--;
    return end;
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #pairsBetween(start: number, offset: number): number {
    const pairs = this.#pairsBefore;
    if (pairs === undefined) return 0;
    return (pairs[Math.min(offset, pairs.length - 1)] ?? 0) - (pairs[start] ?? 0);
  }
}

function findLineStarts(source: string): number[] {
  const starts = [0];
  for (let index = source.indexOf('\n'); index !== -1; index = source.indexOf('\n', index + 1))
    starts.push(index + 1);
  return starts;
}

function countPairs(source: string): Uint32Array {
  const counts = new Uint32Array(source.length + 1);
  let pairs = 0;
  for (let index = 0; index < source.length; index++) {
    counts[index] = pairs;
    const unit = source.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) pairs++;
  }
  counts[source.length] = pairs;
  return counts;
}

/** Wide characters take two columns in ranges inside a scalar; blocks of Unicode's East Asian Width W and F. */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /^\p{M}$/u;

/** @returns how many columns a piece of text takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}
