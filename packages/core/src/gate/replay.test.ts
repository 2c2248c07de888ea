import { describe, expect, test } from '@jest/globals';

import type { Report } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { replayReport } from './replay.ts';

const report: Report = {
  schema: 'sophia-report/1',
  kind: 'health-gate',
  status: 'success',
  environment: 'production',
  deploymentId: 'd',
  startedAt: '2026-11-24T06:00:00.000Z',
  durationMs: 1,
  run: { repository: '', sha: '', runId: 1, attempt: 1, job: '', actor: '', event: '', ref: '' },
  summary: 'all is well',
  items: [
    reportItem({ name: 'a', kind: 'http' }),
    reportItem({
      name: 'b',
      kind: 'http',
      status: 'failure',
      category: 'refused',
      message: 'refused',
      severity: 'warning',
    }),
  ],
  metrics: { passRate: 1, score: 1, checks: 2 },
  details: { judgedBy: { failOn: 'critical', minimumScore: 0.8, weights: { b: 3 } }, rootCauses: [] },
};

describe('a replay', () => {
  test('judges by the rules that the report keeps, whatever verdict it claims', () => {
    expect(replayReport(report)).toMatchObject({
      status: 'failure',
      summary: '1 of 2 checks hold; the score 0.25 is below the minimum of 0.8',
      metrics: { passRate: 0.5, score: 0.25, checks: 2 },
      details: { rootCauses: ['b: refused'] },
      failed_services: ['b'],
    });
  });

  test('of its own result gives the same, to the byte', () => {
    const once = replayReport(report);
    expect(JSON.stringify(replayReport(once!))).toBe(JSON.stringify(once));
  });

  test('keeps a force, and is none of a report that was never judged', () => {
    const forced = { ...report, details: { ...report.details, forced: { reason: 'r', actor: 'octocat' } } };
    expect(replayReport(forced)).toMatchObject({
      status: 'warning',
      summary: expect.stringMatching(/^forced by octocat \(r\)/),
    });
    expect(replayReport({ ...report, details: {} })).toBeUndefined();
    expect(replayReport({ ...report, kind: 'esc-setup' })).toBeUndefined();
  });
});
