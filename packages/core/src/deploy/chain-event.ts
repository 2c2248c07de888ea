import { sha256 } from './canonical-json.ts';
import type { EventBody, JournalEvent } from './event.ts';

/** `prev` of the first line. */
export const FIRST_PREV = '0'.repeat(64);

/** The end of a journal: what the next line is chained to. */
export interface JournalHead {
  /** 0 for an empty journal. */
  readonly seq: number;
  /** SHA-256 of the last line, without its newline. */
  readonly hash: string;
}

export const EMPTY_HEAD: JournalHead = { seq: 0, hash: FIRST_PREV };

/** @returns the next line, its event, and the head that it makes. */
export function chainEvent(
  head: JournalHead,
  body: EventBody,
  nowMs: number,
): { line: string; event: JournalEvent; head: JournalHead } {
  const { type, ...rest } = body;
  const seq = head.seq + 1;
  const event = { seq, time: new Date(nowMs).toISOString(), type, prev: head.hash, ...rest } as JournalEvent;
  const line = JSON.stringify(event);
  return { line, event, head: { seq, hash: sha256(line) } };
}
