/** One line of a block; a smaller priority is kept longer. */
export interface Row {
  readonly text: string;
  readonly priority: number;
}

/**
 * A part of a Markdown document. `head` and `tail` (a table's header, a fence, `</details>`) are written together or not
 * at all, so that cutting never leaves one open.
 */
export interface Block {
  readonly head: string;
  readonly rows: readonly Row[];
  readonly tail: string;
  /** Of the block itself, where it has no rows. */
  readonly priority: number;
}

export interface Assembled {
  readonly text: string;
  /** Rows, and blocks without rows, for which there was no room. */
  readonly dropped: number;
}

/** UTF-8 is never shorter than the characters that GitHub counts, so one measure serves both limits. */
export const sizeOf = (text: string): number => Buffer.byteLength(text, 'utf8');

/** @returns a block of fixed text. */
export const fixed = (text: string, priority: number = 0): Block => ({
  head: text,
  rows: [],
  tail: '',
  priority,
});

interface Unit {
  readonly block: number;
  readonly row: number;
  readonly priority: number;
  readonly size: number;
}

/** Head and tail are paid for with the block's first row. */
function unitsOf(block: Block, index: number): readonly Unit[] {
  const frame = sizeOf(block.head) + sizeOf(block.tail) + 4;
  if (block.rows.length === 0) return [{ block: index, row: -1, priority: block.priority, size: frame }];
  return block.rows.map(({ text, priority }, row) => ({
    block: index,
    row,
    priority,
    size: sizeOf(text) + 1 + (row === 0 ? frame : 0),
  }));
}

/**
 * Fits blocks into a number of bytes: rows are admitted in order of priority, and of one block always its first ones,
 * so that what is missing is the end of the least important lists.
 */
export function assemble(blocks: readonly Block[], budget: number): Assembled {
  const units = blocks.flatMap(unitsOf).toSorted((a, b) => a.priority - b.priority);
  const kept = new Map<number, number>();
  const closed = new Set<number>();
  let left = budget;
  let dropped = 0;
  for (const { block, size } of units) {
    if (closed.has(block) || size > left) {
      closed.add(block);
      dropped += 1;
      continue;
    }
    left -= size;
    kept.set(block, (kept.get(block) ?? 0) + 1);
  }
  const parts = blocks.flatMap((block, index) => {
    const count = kept.get(index);
    if (count === undefined) return [];
    const rows = block.rows.slice(0, count).map(({ text }) => text);
    return [[block.head, ...rows, block.tail].filter((part) => part !== '').join('\n')];
  });
  return { text: `${parts.join('\n\n')}\n`, dropped };
}
