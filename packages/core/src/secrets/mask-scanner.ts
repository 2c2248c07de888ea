import { LongMask } from './long-mask.ts';
import { MaskAutomaton } from './mask-automaton.ts';

/** Longer masks are looked for one by one. */
const MAX_AUTOMATON_MASK = 2048;
/** A long mask is looked for only in a text that holds so much of its beginning; that is a native search. */
const PROBE_LENGTH = 64;

/** A stretch of text that masks cover, from `start` to `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The masks of a redactor, prepared once. */
export interface MaskSet {
  readonly automaton: MaskAutomaton;
  readonly long: readonly LongMask[];
  readonly isEmpty: boolean;
}

/** Prepares masks; empty ones are ignored. */
export function prepareMasks(masks: Iterable<string>): MaskSet {
  const all = [...new Set(masks)].filter((mask) => mask !== '');
  return {
    automaton: new MaskAutomaton(all.filter((mask) => mask.length <= MAX_AUTOMATON_MASK)),
    long: all.filter((mask) => mask.length > MAX_AUTOMATON_MASK).map((mask) => new LongMask(mask)),
    isEmpty: all.length === 0,
  };
}

/** @returns what masks cover in a whole text, in order; overlapping masks make one stretch. */
export function findStretches(masks: MaskSet, text: string): readonly Stretch[] {
  const present = masks.long.filter((mask) => text.includes(mask.text.slice(0, PROBE_LENGTH)));
  const scanner = new MaskScanner({ ...masks, long: present });
  scanner.feed(text);
  return scanner.stretches;
}

/** Looks for masks in a text that arrives in pieces; positions count from the beginning of the first. */
export class MaskScanner {
  readonly stretches: Stretch[] = [];
  readonly #masks: MaskSet;
  readonly #matched: number[];
  #state = 0;
  #position = 0;

  constructor(masks: MaskSet) {
    this.#masks = masks;
    this.#matched = masks.long.map(() => 0);
  }

  /** Position up to which nothing can become part of a mask any more, apart from what `stretches` covers. */
  get decided(): number {
    const open = this.#matched.map((matched, index) => {
      // A full match is decided; what may still begin is its longest end that is a beginning.
      return matched === this.#masks.long[index]?.text.length ? matched - 1 : matched;
    });
    return this.#position - Math.max(this.#masks.automaton.openLength(this.#state), ...open, 0);
  }

  feed(text: string): void {
    const { automaton, long } = this.#masks;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      this.#position++;
      this.#state = automaton.step(this.#state, unit);
      const length = automaton.endingLength(this.#state);
      if (length > 0) this.#cover(length);
      if (long.length > 0) this.#stepLong(unit);
    }
  }

  #stepLong(unit: number): void {
    for (const [index, mask] of this.#masks.long.entries()) {
      const matched = mask.step(this.#matched[index] ?? 0, unit);
      this.#matched[index] = matched;
      if (matched === mask.text.length) this.#cover(matched);
    }
  }

  /** Matches come in the order of their ends, so a new one can only reach back over the last stretches. */
  #cover(length: number): void {
    let start = this.#position - length;
    for (
      let last = this.stretches.at(-1);
      last !== undefined && start < last.end;
      last = this.stretches.at(-1)
    ) {
      start = Math.min(start, last.start);
      this.stretches.pop();
    }
    this.stretches.push({ start, end: this.#position });
  }
}
