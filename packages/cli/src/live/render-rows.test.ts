import { describe, expect, test } from '@jest/globals';

import { renderPicture, renderRows } from './render-rows.ts';
import type { Row } from './render-rows.ts';

const row = (name: string, state: Row['state'], rest: Partial<Row> = {}): Row => ({
  ...{ name, state, text: '', startedMs: undefined, endedMs: undefined },
  ...rest,
});

const ROWS = [
  row('openai', 'success', { text: '47 models', startedMs: 0, endedMs: 120 }),
  row('pinecone', 'running', { startedMs: 0 }),
  row('snowflake', 'failure', {
    text: '[unauthorized] password refused (390100)',
    startedMs: 0,
    endedMs: 812,
  }),
  row('backend', 'waiting'),
];

describe('the live picture', () => {
  test('has a line a row, in their order, with state, time and text', () => {
    expect(renderRows(ROWS, { columns: 80, lines: 20 }, 1_500)).toEqual([
      'ok       openai       120 ms  47 models',
      'runs     pinecone      1.5 s',
      'FAILED   snowflake    812 ms  [unauthorized] password refused (390100)',
      'waits    backend',
    ]);
  });

  test('cuts what is wider than the terminal, by its width on the screen', () => {
    const wide = [row('日本語の名前', 'running', { startedMs: 0, text: '日本語'.repeat(20) })];
    for (const columns of [20, 41, 80]) {
      const [line = ''] = renderRows([...ROWS, ...wide], { columns, lines: 20 }, 0).slice(-1);
      expect(line.endsWith('…')).toBe(true);
      expect([...line].reduce((sum, letter) => sum + (/[ -~…]/.test(letter) ? 1 : 2), 0)).toBeLessThanOrEqual(
        columns,
      );
    }
  });

  test('keeps what matters where there is no room, and sums up the rest', () => {
    const many = [
      ...Array.from({ length: 50 }, (_, index) =>
        row(`good${index}`, 'success', { startedMs: 0, endedMs: 1 }),
      ),
      row('bad', 'failure', { startedMs: 0, endedMs: 1 }),
      ...Array.from({ length: 30 }, (_, index) => row(`later${index}`, 'waiting')),
      row('now', 'running', { startedMs: 0 }),
    ];
    expect(renderRows(many, { columns: 60, lines: 4 }, 10)).toEqual([
      'FAILED   bad          1 ms',
      'waits    later0',
      'runs     now         10 ms',
      'and 79 more: 50 ok, 29 waits',
    ]);
  });

  test('ends with the budgets, and leaves them room', () => {
    const budgets = [
      { name: 'steps', limitMs: 2_400_000, startedMs: 0, endedMs: undefined },
      { name: 'rollback', limitMs: 600_000, startedMs: undefined, endedMs: undefined },
    ];
    expect(renderPicture({ rows: ROWS, budgets }, { columns: 44, lines: 3 }, 4_200)).toEqual([
      'FAILED   snowflake    812 ms  [unauthorized…',
      'and 3 more: 1 ok, 1 runs, 1 waits',
      'steps: 4.2 s of 40m00s   rollback: 10m00s k…',
    ]);
    const undoing = budgets.map((budget) => ({ ...budget, startedMs: 4_000, endedMs: undefined }));
    expect(renderPicture({ rows: [], budgets: undoing }, { columns: 80, lines: 3 }, 5_000)).toEqual([
      'steps: 1.0 s of 40m00s   rollback: 1.0 s of 10m00s',
    ]);
  });
});
