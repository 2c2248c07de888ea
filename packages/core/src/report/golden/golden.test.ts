import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { recordOf } from '../history/run-record.ts';
import type { RunRecord } from '../history/run-record.ts';
import { renderDashboard } from '../html/render-dashboard.ts';
import { renderPage } from '../html/render-page.ts';
import { renderComment, renderPipelineSummary } from '../markdown/render-comment.ts';
import { renderReportSummary } from '../render-summary.ts';
import { buildCompared } from './build-sample.ts';
import { blockedSample, greenSample, rolledBackSample } from './sample.ts';
import type { Sample } from './sample.ts';

/** UPDATE_GOLDEN=1 writes the files anew; look at the difference before you commit it. */
const updates = process.env['UPDATE_GOLDEN'] === '1';

function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, 'fixtures', name);
  if (updates) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

const samples = { green: greenSample, blocked: blockedSample, 'rolled-back': rolledBackSample };

describe.each(Object.entries(samples))('the %s run is rendered to the same bytes', (name, sample) => {
  const pipeline = buildCompared(sample);

  test('as a comment', () => {
    expectGolden(`${name}.comment.md`, renderComment({ pipeline, key: 'default' }));
  });

  test('as a step summary', () => {
    expectGolden(`${name}.summary.md`, renderPipelineSummary(pipeline));
  });

  test('as a page', () => {
    expectGolden(`${name}.html`, renderPage(pipeline));
  });

  test('as the summaries of its actions', () => {
    expectGolden(`${name}.actions.md`, pipeline.reports.map(renderReportSummary).join('\n'));
  });
});

/** Ten weeks of two environments: production each Friday, staging twice a week, most of them like the green sample. */
function history(): readonly RunRecord[] {
  const WEEK_MS = 7 * 86_400_000;
  const made = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((week) =>
    [1, 3, 5].map((day, index) => {
      const sample = (week * 3 + index) % 11 === 8 ? rolledBackSample : greenSample;
      const environment = day === 5 ? 'production' : 'staging';
      const startMs = Date.UTC(2026, 3, 6, 9, week * 3) + week * WEEK_MS + (day - 1) * 86_400_000;
      return recordAt({ sample, environment, startMs, runId: 700 + week * 3 + index });
    }),
  );
  const blocked = Date.UTC(2026, 5, 12, 15);
  return [...made, recordAt({ sample: blockedSample, environment: 'staging', startMs: blocked, runId: 731 })];
}

interface Made {
  readonly sample: Sample;
  readonly environment: string;
  readonly startMs: number;
  readonly runId: number;
}

/** The record of a sample as if it had run then; its commit is 40 minutes older. */
function recordAt({ sample, environment, startMs, runId }: Made): RunRecord {
  const at = (ms: number) => new Date(ms).toISOString();
  const record = recordOf(buildCompared(sample), at(startMs - 2_400_000));
  const { deployment } = record;
  const own = { ...record, runId, environment, at: at(startMs) };
  if (deployment === null) return own;
  const good = deployment.status === 'success';
  const regions = [
    { name: 'eu-west-1', good: true, durationMs: 31_000 },
    { name: 'us-east-1', good, durationMs: 34_000 },
  ];
  const id = `sophia-${environment}-${Math.floor(startMs / 1_000)}`;
  return { ...own, deployment: { ...deployment, id, finishedAt: at(startMs + 62_000), regions } };
}

test('the dashboard of ten weeks is rendered to the same bytes', () => {
  const parts = { repository: 'acme/sophia-demo', nowMs: Date.UTC(2026, 5, 13) };
  const pageOf = ({ runId }: { runId: number }) => `runs/${runId}.1.html`;
  expectGolden('dashboard.html', renderDashboard({ ...parts, records: history(), pageOf }));
});
