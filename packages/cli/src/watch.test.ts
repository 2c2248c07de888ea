import { expect, test } from '@jest/globals';
import { reportItem } from '@sophia/core/report/judge';
import type { Report } from '@sophia/core/report/envelope';

import { changedItems } from './watch.ts';

const item = (name: string, status: 'success' | 'failure', category: 'dns' | 'tls' | null = null) =>
  reportItem({ name, kind: 'http', status, category });
const report = (...items: ReturnType<typeof item>[]) => ({ items }) as unknown as Report;
const names = (now: Report, before?: Report) => changedItems(now, before).map(({ name }) => name);

test('the first round shows what is not well, later ones what is otherwise than before', () => {
  const first = report(item('a', 'success'), item('b', 'failure', 'dns'), item('c', 'failure', 'dns'));
  expect(names(first)).toEqual(['b', 'c']);
  expect(names(first, first)).toEqual([]);
  const second = report(item('a', 'failure', 'tls'), item('b', 'success'), item('c', 'failure', 'tls'));
  expect(names(second, first)).toEqual(['a', 'b', 'c']);
  expect(names(report(item('new', 'failure', 'dns')), first)).toEqual(['new']);
});
