import { TransitionTable } from './transition-table.ts';

/**
 * Finds all masks in one pass over a text, however they overlap (Aho and Corasick, "Efficient string matching",
 * 1975). The time depends on the text's length alone, for any masks and any text.
 */
export class MaskAutomaton {
  readonly #transitions = new TransitionTable();
  /** For each state: how many units of a mask it stands for. */
  readonly #depths: number[] = [0];
  /** For each state: the state of the longest shorter suffix that is the beginning of a mask too. */
  readonly #fallbacks: number[] = [0];
  /** For each state: the length of the longest mask that ends there; 0 for none. */
  readonly #endings: number[] = [0];

  constructor(masks: Iterable<string>) {
    const edges: Edge[] = [];
    for (const mask of masks) this.#add(mask, edges);
    this.#link(edges);
  }

  /** @returns the state after one more unit; the first is 0. */
  step(state: number, unit: number): number {
    let current = state;
    for (;;) {
      const next = this.#transitions.get(current, unit);
      if (next !== 0 || current === 0) return next;
      current = this.#fallbacks[current] ?? 0;
    }
  }

  /** @returns the length of the longest mask that ends in this state, or 0. */
  endingLength(state: number): number {
    return this.#endings[state] ?? 0;
  }

  /** @returns how many of the last units may be the beginning of a mask. */
  openLength(state: number): number {
    return this.#depths[state] ?? 0;
  }

  #add(mask: string, edges: Edge[]): void {
    let state = 0;
    for (let index = 0; index < mask.length; index++) {
      const unit = mask.charCodeAt(index);
      const known = this.#transitions.get(state, unit);
      state = known === 0 ? this.#grow(state, unit, edges) : known;
    }
    this.#endings[state] = mask.length;
  }

  #grow(parent: number, unit: number, edges: Edge[]): number {
    const state = this.#depths.length;
    this.#transitions.add(parent, unit, state);
    this.#depths.push((this.#depths[parent] ?? 0) + 1);
    this.#fallbacks.push(0);
    this.#endings.push(0);
    edges.push({ parent, unit, state });
    return state;
  }

  /** Fallbacks lead to smaller depths, so they are found in the order of depth. */
  #link(edges: Edge[]): void {
    edges.sort((left, right) => (this.#depths[left.state] ?? 0) - (this.#depths[right.state] ?? 0));
    for (const { parent, unit, state } of edges) {
      const fallback = parent === 0 ? 0 : this.step(this.#fallbacks[parent] ?? 0, unit);
      this.#fallbacks[state] = fallback;
      this.#endings[state] ||= this.#endings[fallback] ?? 0;
    }
  }
}

interface Edge {
  readonly parent: number;
  readonly unit: number;
  readonly state: number;
}
