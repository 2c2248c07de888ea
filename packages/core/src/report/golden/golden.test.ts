import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { recordOf } from '../history/run-record.ts';
import { renderDashboard } from '../html/render-dashboard.ts';
import { renderPage } from '../html/render-page.ts';
import { renderComment, renderPipelineSummary } from '../markdown/render-comment.ts';
import { renderReportSummary } from '../render-summary.ts';
import { buildCompared } from './build-sample.ts';
import { blockedSample, greenSample, rolledBackSample } from './sample.ts';

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

test('the dashboard over all three is rendered to the same bytes', () => {
  const records = Object.values(samples).map((sample, index) => {
    const record = recordOf(buildCompared(sample), '2026-06-12T09:00:00Z');
    const regions = [
      { name: 'eu-west-1', good: true, durationMs: 61_000 },
      { name: 'us-east-1', good: index !== 2, durationMs: 74_000 },
    ];
    const { deployment } = record;
    return {
      ...record,
      runId: 809 + index,
      deployment: deployment === null ? null : { ...deployment, regions },
    };
  });
  const parts = { repository: 'acme/sophia-demo', nowMs: Date.UTC(2026, 5, 13) };
  const pageOf = ({ runId }: { runId: number }) => `runs/${runId}.1.html`;
  expectGolden('dashboard.html', renderDashboard({ ...parts, records, pageOf }));
});
