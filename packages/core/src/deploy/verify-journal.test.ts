import { describe, expect, test } from '@jest/globals';

import type { EventBody } from './event.ts';
import { chainEvent, EMPTY_HEAD } from './chain-event.ts';
import { verifyJournal } from './verify-journal.ts';

const RUN = { repository: '', sha: '', runId: 0, attempt: 1, job: '', actor: '', event: '', ref: '' };
const PLAN = {
  schema: 'sophia-plan/1',
  environment: 'e',
  timeoutMs: 2,
  rollbackTimeoutMs: 1,
  journal: 'file',
  phases: [],
} as const;
const STARTED: EventBody = {
  type: 'deployment.started',
  deploymentId: 'd1',
  environment: 'e',
  commit: '',
  planHash: '',
  plan: { ...PLAN, phases: [] },
  rollback: 'auto',
  run: RUN,
  undoes: null,
};
const BODIES: readonly EventBody[] = [
  STARTED,
  { type: 'phase.started', phase: 'p' },
  { type: 'step.started', phase: 'p', step: 's' },
  { type: 'deployment.finished', status: 'success', failedStep: null },
];

function linesOf(bodies: readonly EventBody[]): string[] {
  let head = EMPTY_HEAD;
  return bodies.map((body) => {
    const chained = chainEvent(head, body, 1_700_000_000_000);
    head = chained.head;
    return chained.line;
  });
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

describe('the verification of a journal', () => {
  test('a whole journal is intact, and gives its events and head', () => {
    const verdict = verifyJournal(text(linesOf(BODIES)), 'd1');
    expect(verdict).toMatchObject({ state: 'intact', head: { seq: 4 } });
    expect(verdict.state === 'intact' && verdict.events.map(({ type }) => type)).toEqual(
      BODIES.map(({ type }) => type),
    );
  });

  test('cut anywhere in its last line, it is torn and keeps the lines before', () => {
    const lines = linesOf(BODIES);
    const last = lines.at(-1)!;
    for (let cut = 1; cut <= last.length; cut += 1) {
      const verdict = verifyJournal(text(lines.slice(0, -1)) + last.slice(0, cut));
      expect(verdict).toMatchObject({ state: 'torn', head: { seq: 3 }, torn: last.slice(0, cut) });
    }
  });

  test('any edited character is found, save in the last line, which nothing is chained to yet', () => {
    const whole = text(linesOf(BODIES));
    const lastLine = whole.lastIndexOf('\n', whole.length - 2);
    for (let at = 0; at < lastLine; at += 1) {
      const edited = whole.slice(0, at) + (whole[at] === 'x' ? 'y' : 'x') + whole.slice(at + 1);
      expect([at, verifyJournal(edited).state]).toEqual([at, 'broken']);
    }
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a line that is missing', (lines) => lines.toSpliced(1, 1), /a line is missing/],
    ['lines in another order', ([a, b, c, d]) => [a!, c!, b!, d!], /a line is missing/],
    ['a line that is no JSON', (lines) => lines.with(1, 'oops'), /not a line of JSON/],
    [
      'a type that nobody knows',
      (lines) => lines.with(1, lines[1]!.replace('phase.started', 'phase.done')),
      /unknown type/,
    ],
    ['a missing field', (lines) => lines.with(1, lines[1]!.replace(',"phase":"p"', '')), /phase is missing/],
    ['a second start', () => linesOf([STARTED, STARTED]), /must come first/],
    ['a start that is missing', () => linesOf(BODIES.slice(1)), /must come first/],
  ])('%s makes it broken', (_, change, problem) => {
    const verdict = verifyJournal(text(change(linesOf(BODIES))));
    expect(verdict).toMatchObject({ state: 'broken', message: expect.stringMatching(problem) });
  });

  test('the journal of another deployment is told apart', () => {
    expect(verifyJournal(text(linesOf(BODIES)), 'd2')).toMatchObject({
      message: expect.stringContaining('another deployment: d1'),
    });
  });

  test('an empty file is no journal, nor is one whose first line is torn', () => {
    expect(verifyJournal('')).toMatchObject({ state: 'missing', torn: '' });
    expect(verifyJournal('{"seq":1')).toMatchObject({ state: 'missing', torn: '{"seq":1' });
  });
});
