const UNITS = 0x10000;
/** Share of the table that may be filled before it grows: probing stays short below it. */
const MAX_LOAD = 0.5;
const FREE = -1;

/**
 * Transitions of an automaton over UTF-16 units: an open hash table in typed arrays, some thirty bytes a
 * transition, where a Map a state would take hundreds. State 0 is the root; its transitions are a plain array,
 * because nearly every step of a search ends there.
 */
export class TransitionTable {
  readonly #fromRoot = new Int32Array(UNITS);
  #keys = new Float64Array(1024).fill(FREE);
  #targets = new Int32Array(1024);
  #size = 0;

  /** @returns the state that the unit leads to, or 0. */
  get(state: number, unit: number): number {
    if (state === 0) return this.#fromRoot[unit] ?? 0;
    const slot = this.#slotOf(state * UNITS + unit);
    return this.#keys[slot] === FREE ? 0 : (this.#targets[slot] ?? 0);
  }

  /** Adds a transition that is not there yet. */
  add(state: number, unit: number, target: number): void {
    if (state === 0) {
      this.#fromRoot[unit] = target;
      return;
    }
    if (++this.#size > this.#keys.length * MAX_LOAD) this.#grow();
    this.#put(state * UNITS + unit, target);
  }

  #put(key: number, target: number): void {
    const slot = this.#slotOf(key);
    this.#keys[slot] = key;
    this.#targets[slot] = target;
  }

  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    // The two halves of the key, mixed by an odd constant of 32 bits (Knuth's multiplicative hashing).
    let slot = (Math.imul((key % 0x1_0000_0000) | 0, 0x9e37_79b1) ^ ((key / 0x1_0000_0000) | 0)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    while (this.#keys[slot] !== FREE && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, targets] = [this.#keys, this.#targets];
    this.#keys = new Float64Array(keys.length * 2).fill(FREE);
    this.#targets = new Int32Array(keys.length * 2);
    for (const [index, key] of keys.entries()) if (key !== FREE) this.#put(key, targets[index] ?? 0);
  }
}
