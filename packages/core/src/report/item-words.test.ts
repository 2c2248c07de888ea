import { describe, expect, test } from '@jest/globals';

import { foldItems } from '../gate/fold.ts';
import type { ReportItem } from './envelope.ts';
import { itemWords } from './item-words.ts';
import { reportItem } from './judge.ts';

const backend = reportItem({ name: 'backend', kind: 'http', status: 'failure', message: 'HTTP 503' });

/** A check that needs the failed backend, as the gate folds it. */
function foldedWords(own: Partial<ReportItem>): string {
  const items = [backend, reportItem({ name: 'api', kind: 'http', ...own })];
  const relations = new Map([['api', { needs: ['backend'], host: undefined }]]);
  return foldItems(items, relations)
    .slice(1)
    .map((item) => itemWords(item).join(' – '))
    .join('');
}

describe('a folded check names its cause once', () => {
  test('where it held itself', () => {
    expect(foldedWords({ message: 'HTTP 200' })).toBe('not counted: it needs backend, which failed');
  });

  test('where it failed itself, with what it found', () => {
    expect(foldedWords({ status: 'failure', message: 'connection refused' })).toBe(
      'because of backend: connection refused',
    );
    expect(foldedWords({ status: 'failure', message: '' })).toBe('because of backend');
  });

  test('also where its name is part of another word', () => {
    expect(foldedWords({ status: 'failure', message: 'backend-2 is down' })).toBe(
      'because of backend: backend-2 is down',
    );
  });
});

test('what is not folded says message and hint, if it has them', () => {
  expect(itemWords({ ...backend, hint: 'start it' })).toEqual(['HTTP 503', 'start it']);
  expect(itemWords({ ...backend, message: '', hint: '' })).toEqual([]);
});
