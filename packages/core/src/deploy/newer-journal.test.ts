import { expect, test } from '@jest/globals';

import { chainEvent, EMPTY_HEAD } from './chain-event.ts';
import type { EventBody } from './event.ts';
import { compareJournals } from './newer-journal.ts';

const started: EventBody = {
  ...{ type: 'deployment.started', deploymentId: 'd1', environment: 'staging', commit: 'c', planHash: 'h' },
  plan: {
    ...{ schema: 'sophia-plan/1', environment: 'staging', timeoutMs: 2, rollbackTimeoutMs: 1 },
    ...{ journal: 'artifact', phases: [] },
  },
  rollback: 'auto',
  run: {
    ...{ repository: 'acme/app', sha: 'c', runId: 1, attempt: 1, job: 'j', actor: 'octocat' },
    ...{ event: 'push', ref: 'refs/heads/main' },
  },
  undoes: null,
};
const phase = (name: string): EventBody => ({ type: 'phase.started', phase: name });

function journalOf(...bodies: readonly EventBody[]): string {
  let head = EMPTY_HEAD;
  let text = '';
  for (const body of bodies) {
    const chained = chainEvent(head, body, 0);
    head = chained.head;
    text += `${chained.line}\n`;
  }
  return text;
}

const short = journalOf(started);
const long = journalOf(started, phase('p'));

test.each([
  ['equal copies', short, short, 'same'],
  ['one that goes on', long, short, 'first-is-newer'],
  ['one that was gone on with', short, long, 'second-is-newer'],
  ['copies that went on apart', long, journalOf(started, phase('q')), 'diverged'],
  ['copies that went on apart, one further', long, journalOf(started, phase('q'), phase('r')), 'diverged'],
  ['one with a torn last line', `${long}{"seq"`, long, 'same'],
])('%s', (_, first, second, expected) => {
  expect(compareJournals(first, second)).toBe(expected);
});
