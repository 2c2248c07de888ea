import { expect, test } from '@jest/globals';

import { createBoard } from './board.ts';
import { renderPicture } from './render-rows.ts';

/** A board whose clock stands where the test puts it, and its lines. */
function boardAt() {
  let nowMs = 0;
  const board = createBoard(() => nowMs);
  const at = (ms: number) => {
    nowMs = ms;
    return board;
  };
  return { at, lines: () => renderPicture(board.picture, { columns: 80, lines: 20 }, nowMs) };
}

test('a row has its own clock, keeps the last word of what runs, and is undone as such', () => {
  const { at, lines } = boardAt();
  at(0).begin(['a', 'b']);
  at(100).update('a', { state: 'running' });
  at(300).say('a', 'layer 3 of 9');
  expect(lines()).toEqual(['runs     a    200 ms  layer 3 of 9', 'waits    b']);
  at(400).update('a', { state: 'success', text: '' });
  at(900).update('b', { state: 'skipped' });
  expect(lines()).toEqual(['ok       a    300 ms', 'skipped  b']);
  at(1_000).update('a', { state: 'undoing' });
  expect(lines()[0]).toBe('undoes   a      0 ms');
  at(1_050).update('a', { state: 'undone' });
  at(9_000).update('nobody', { state: 'failure' });
  expect(lines()).toEqual(['undone   a     50 ms', 'skipped  b']);
});

test('a budget begins when it is used, and ends with its use', () => {
  const { at, lines } = boardAt();
  const allow = (ms: number, isUndoing: boolean) =>
    at(ms).allow([
      { name: 'steps', limitMs: 60_000, isUsed: !isUndoing },
      { name: 'rollback', limitMs: 30_000, isUsed: isUndoing },
    ]);
  allow(0, false);
  at(2_000);
  expect(lines()).toEqual(['steps: 2.0 s of 1m00s   rollback: 30.0 s kept']);
  allow(3_000, true);
  at(5_000);
  expect(lines()).toEqual(['steps: 3.0 s of 1m00s   rollback: 2.0 s of 30.0 s']);
});

test('foreign text is one line, and neither moves the cursor nor turns the writing around', () => {
  const { at, lines } = boardAt();
  at(0).begin(['\u001B[31mred\u202E']);
  at(0).update('\u001B[31mred\u202E', {
    state: 'running',
    text: 'a\nb\r\u009B2J\u0007\u001B]0;title\u0007\u2066c',
  });
  expect(lines()).toEqual(['runs     red      0 ms  a bc']);
});
