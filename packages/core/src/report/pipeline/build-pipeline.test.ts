import { describe, expect, test } from '@jest/globals';

import type { Report } from '../envelope.ts';
import { buildCompared, buildSample } from '../golden/build-sample.ts';
import { sampleRun } from '../golden/sample-report.ts';
import { blockedSample, greenSample, rolledBackSample } from '../golden/sample.ts';
import { reportItem } from '../judge.ts';
import type { SourceFile } from '../read/source.ts';

const base: Report = {
  schema: 'sophia-report/1',
  kind: 'health-gate',
  status: 'success',
  environment: 'production',
  deploymentId: '',
  startedAt: '2026-06-12T09:30:00.000Z',
  durationMs: 10,
  run: { ...sampleRun, job: 'health-gate' },
  items: [reportItem({ name: 'openai', kind: 'openai' })],
  metrics: {},
  summary: '',
  details: {},
};
const file = (own: Partial<Report>, path = 'gate.json'): SourceFile => ({
  path,
  text: JSON.stringify({ ...base, ...own }),
});
const build = (sources: readonly SourceFile[], needs = '') => buildSample({ sources, needs, run: sampleRun });

describe('which reports count', () => {
  test('those of this run and commit; others are listed', () => {
    const { reports, listed } = build([
      file({}),
      file({ run: { ...base.run, runId: 1 } }, 'other-run.json'),
      file({ run: { ...base.run, sha: 'f'.repeat(40) } }, 'other-commit.json'),
    ]);
    expect(reports).toHaveLength(1);
    expect(listed).toEqual([
      { path: 'other-run.json', why: 'foreign', detail: 'health-gate of run 1' },
      { path: 'other-commit.json', why: 'foreign', detail: 'health-gate of commit fffffff' },
    ]);
  });

  test('the last attempt of a job, and a job that was not run again', () => {
    const failed = { status: 'failure', run: { ...base.run, job: 'health-gate' } } as const;
    const { verdict, listed, reports } = build([
      file(failed, 'first.json'),
      file({ run: { ...base.run, attempt: 2 } }, 'second.json'),
      file({ kind: 'esc-setup', run: { ...base.run, job: 'setup' } }, 'setup.json'),
    ]);
    expect(verdict).toBe('success');
    expect(reports).toHaveLength(2);
    expect(listed).toMatchObject([{ path: 'first.json', why: 'superseded' }]);
  });

  test('each once, wherever it was found', () => {
    expect(build([file({}, 'a.json'), file({}, 'artifact/a.json')]).reports).toHaveLength(1);
  });
});

describe('the verdict', () => {
  test.each([
    ['success', 'success'],
    ['planned', 'success'],
    ['warning', 'warning'],
    ['inconclusive', 'failure'],
    ['rolled-back', 'failure'],
    ['rollback-failed', 'failure'],
    ['cancelled', 'failure'],
  ] as const)('of a report that is %s is %s', (status, verdict) => {
    expect(build([file({ status })]).verdict).toBe(verdict);
  });

  test('is red where nothing was found, or a job failed that reported nothing', () => {
    expect(build([])).toMatchObject({
      verdict: 'failure',
      headline: 'Nothing was reported, so nothing is known',
    });
    const needs = JSON.stringify({ lint: { result: 'failure' } });
    expect(build([file({})], needs)).toMatchObject({
      verdict: 'failure',
      headline: 'Blocked: job lint failed',
    });
  });

  test('is red where a required report is missing, which is no job', () => {
    const missing = { path: 'x.json', why: 'missing', detail: 'it is required' } as const;
    const sample = { sources: [file({})], needs: '', run: sampleRun };
    expect(buildSample(sample, { listed: [missing] })).toMatchObject({
      verdict: 'failure',
      headline: 'Blocked: the report x.json is missing',
    });
  });

  test('is a warning where a file could not be read', () => {
    expect(build([file({}), { path: 'x', text: '{' }])).toMatchObject({
      verdict: 'warning',
      headline: 'Passed, but not everything could be read',
    });
  });

  test('does not blame files where a report is a warning as a whole', () => {
    expect(build([file({ status: 'warning', items: [], summary: 'no check was asked' })]).headline).toBe(
      'Passed, with a warning: no check was asked',
    );
  });
});

describe('the headline says what is wrong', () => {
  test('of a blocked pull request', () => {
    expect(buildSample(blockedSample).headline).toBe(
      'Blocked: snowflake rejected the credentials, and 2 more',
    );
  });

  test('of a rolled-back deployment', () => {
    expect(buildSample(rolledBackSample).headline).toBe('Rolled back: backend/health answers with errors');
  });

  test('of a deployment with warnings', () => {
    expect(buildSample(greenSample).headline).toBe(
      'Deployed, with 2 warnings: asana.access_token is not configured',
    );
  });

  test('of a report whose action could not even start', () => {
    const error = { code: 'configuration', message: 'unknown key chekcs', hint: 'checks?' };
    const { problems, headline } = build([file({ status: 'failure', items: [], details: { error } })]);
    expect(problems).toMatchObject([{ name: 'Health gate', message: error.message, hint: error.hint }]);
    expect(headline).toBe('Blocked: Health gate failed');
  });
});

test('a problem says how many others it explains, also through others', () => {
  const failed = reportItem({ name: 'network', kind: 'dns', status: 'failure', category: 'dns' });
  const folded = (name: string, foldedUnder: string) =>
    reportItem({ name, kind: 'http', status: 'skipped', foldedUnder });
  const items = [failed, folded('api', 'network'), folded('web', 'api')];
  expect(build([file({ status: 'failure', items })]).problems).toMatchObject([
    { name: 'network', folded: 2 },
  ]);
});

test('a second report of one run takes the place of the first in the trend', () => {
  const first = buildCompared(greenSample);
  const again = buildSample(greenSample, { previous: first.digest });
  expect(again.digest).toEqual(first.digest);
});
