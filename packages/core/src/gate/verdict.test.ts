import { describe, expect, test } from '@jest/globals';

import type { ReportItem, Severity } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { foldItems } from './fold.ts';
import { blameRunner, networkSuspects } from './runner-network.ts';
import { forceVerdict, judgeGate } from './verdict.ts';
import type { FailOn } from './verdict.ts';

const good = (name: string) => reportItem({ name, kind: 'http' });
const bad = (name: string, severity: Severity = 'critical') =>
  reportItem({
    name,
    kind: 'http',
    status: 'failure',
    severity,
    category: 'refused',
    message: 'connection refused',
  });
const judge = (items: readonly ReportItem[], failOn: FailOn = 'critical', minimumScore?: number) =>
  judgeGate(items, { failOn, minimumScore, weights: new Map() });

describe('the verdict', () => {
  test.each<[string, readonly ReportItem[], FailOn, string]>([
    ['all is well', [good('a')], 'critical', 'success'],
    ['a critical check failed', [good('a'), bad('b')], 'critical', 'failure'],
    ['a warning check failed', [bad('b', 'warning')], 'critical', 'warning'],
    ['a warning check failed, and that fails the gate', [bad('b', 'warning')], 'warning', 'failure'],
    ['a critical check failed and nothing fails the step', [bad('b')], 'never', 'failure'],
    ['a check of severity info failed', [good('a'), bad('b', 'info')], 'warning', 'success'],
    ['nothing is configured', [], 'critical', 'warning'],
    ['a check is a warning itself', [{ ...good('a'), status: 'warning' }], 'critical', 'warning'],
  ])('%s', (...row) => {
    const [_, items, failOn, status] = row;
    expect(judge(items, failOn).status).toBe(status);
  });

  test('says how many hold, and each cause in one line', () => {
    const { summary, rootCauses, failedChecks } = judge([
      good('a'),
      { ...bad('b'), message: 'two\n  lines\n' },
    ]);
    expect({ summary, rootCauses, failedChecks }).toEqual({
      summary: '1 of 2 checks hold; b: two lines',
      rootCauses: ['b: two lines'],
      failedChecks: ['b'],
    });
  });

  test('names three causes, and counts the rest', () => {
    expect(judge(['a', 'b', 'c', 'd', 'e'].map((name) => bad(name))).summary).toMatch(
      /c: connection refused; and 2 more$/,
    );
    expect(judge(['a', 'b', 'c'].map((name) => bad(name))).summary).toMatch(/c: connection refused$/);
  });

  test('needs no reason where all is well; a warning holds, and is told', () => {
    expect(judge([good('a')]).summary).toBe('1 of 1 checks hold');
    const slow: ReportItem = { ...good('b'), status: 'warning', message: 'slower than usual' };
    expect(judge([good('a'), slow])).toMatchObject({
      summary: '2 of 2 checks hold; b: slower than usual',
      passRate: 1,
    });
    expect(judge([good('a'), slow, bad('c')]).passRate).toBe(2 / 3);
    expect(judge([]).summary).toBe('0 of 0 checks hold; no check was asked, so nothing was proven');
  });

  test('fails below the minimum score, though nothing critical failed', () => {
    const items = [good('a'), bad('b', 'warning')];
    expect(judge(items, 'critical', 0.5).status).toBe('warning');
    expect(judge(items, 'critical', 0.51)).toMatchObject({
      status: 'failure',
      summary: '1 of 2 checks hold; the score 0.5 is below the minimum of 0.51',
    });
  });

  test('a critical check that is folded under a warning, and failed itself, still fails the gate', () => {
    const items = foldItems(
      [bad('network', 'warning'), bad('api')],
      new Map([
        ['network', { needs: [], host: undefined }],
        ['api', { needs: ['network'], host: undefined }],
      ]),
    );
    expect(judge(items)).toMatchObject({
      status: 'failure',
      summary: '0 of 2 checks hold, 1 explained by another; network: connection refused',
      failedChecks: ['network'],
      rootCauses: ['network: connection refused'],
      passRate: 0,
    });
  });
});

describe("the runner's own network", () => {
  const relations = new Map(
    Object.entries({
      openai: 'api.openai.com',
      local: '127.0.0.1',
      lan: '10.1.2.3',
      none: undefined,
      made: 'x.invalid',
    }).map(([name, host]) => [name, { needs: [], host }]),
  );
  const items = ['openai', 'local', 'lan', 'none', 'made'].map((name) => bad(name));

  test('explains only failures on the way to the internet', () => {
    expect(networkSuspects(items, relations).map(({ name }) => name)).toEqual(['openai']);
    expect(networkSuspects([{ ...bad('openai'), category: 'unauthorized' }], relations)).toEqual([]);
  });

  test('makes the verdict inconclusive where nothing else fails', () => {
    const alone = [good('a'), bad('openai')];
    const blamed = blameRunner(alone, networkSuspects(alone, relations));
    expect(blamed[1]).toMatchObject({
      category: 'runner',
      status: 'failure',
      details: { own: { category: 'refused' } },
    });
    expect(judge(blamed).status).toBe('inconclusive');
  });

  test('leaves a low score open, and asks for no score where none was wanted', () => {
    const wary: ReportItem = { ...bad('openai', 'warning'), category: 'runner' };
    expect(judge([good('a'), wary], 'critical', 0.9).status).toBe('inconclusive');
    expect(judge([good('a'), bad('b', 'warning')], 'critical', 0.9).status).toBe('failure');
    expect(judge([good('a'), wary]).status).toBe('warning');
  });

  test('excuses nothing that fails without it', () => {
    const blamed = blameRunner(items, networkSuspects(items, relations));
    expect(judge(blamed).status).toBe('failure');
  });
});

describe('force', () => {
  const force = { reason: 'incident 7', actor: 'octocat' };

  test('makes a failed gate a warning that says who and why, and what it would have been', () => {
    expect(forceVerdict(judge([bad('a')]), force)).toMatchObject({
      status: 'warning',
      summary: 'forced by octocat (incident 7): would be failure; 0 of 1 checks hold; a: connection refused',
      failedChecks: ['a'],
    });
  });

  test('also of a gate that knows nothing, and without a name', () => {
    const blamed: ReportItem = { ...bad('a'), category: 'runner' };
    expect(forceVerdict(judge([blamed]), { ...force, actor: '' })).toMatchObject({
      status: 'warning',
      summary: expect.stringMatching(/^forced \(incident 7\): would be inconclusive; 0 of 1/),
    });
  });

  test('changes nothing where nothing stops the step', () => {
    const verdict = judge([good('a')]);
    expect(forceVerdict(verdict, force)).toBe(verdict);
  });
});
