import { createHash } from 'node:crypto';

import { isJson, numberAt, parseJson, textAt } from './json.ts';
import type { Json } from './json.ts';
import type { Journal, JournalEvent } from './source.ts';

const FIRST_PREV = '0'.repeat(64);
const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');

function eventOf(entry: Json): JournalEvent {
  return {
    seq: numberAt(entry, 'seq') ?? 0,
    timeMs: Date.parse(textAt(entry, 'time')),
    type: textAt(entry, 'type'),
    phase: textAt(entry, 'phase'),
    step: textAt(entry, 'step'),
    exitCode: numberAt(entry, 'exitCode'),
  };
}

/**
 * Reads a deployment's journal (contract, section 6) for showing it: which events, and whether the chain of hashes
 * holds. A torn last line is dropped. Resuming from a journal is another reader's task, with stricter rules.
 *
 * @returns undefined where the text is no journal
 */
export function parseJournalText(text: string): Journal | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries: Json[] = [];
  let intact = true;
  let previous = FIRST_PREV;
  let torn = false;
  for (const [index, line] of lines.entries()) {
    const entry = parseJson(line)?.value;
    if (!isJson(entry)) {
      torn = index === lines.length - 1;
      intact &&= torn;
      break;
    }
    intact &&= textAt(entry, 'prev') === previous;
    previous = hashOf(line);
    entries.push(entry);
  }
  const events = entries.map(eventOf).filter((event) => event.type !== '' && !Number.isNaN(event.timeMs));
  const first = entries[0];
  if (first === undefined || events.length === 0 || numberAt(first, 'seq') === undefined) return undefined;
  const named = entries.find((entry) => textAt(entry, 'deploymentId') !== '');
  return { deploymentId: textAt(named, 'deploymentId'), events, intact, torn, head: previous };
}
