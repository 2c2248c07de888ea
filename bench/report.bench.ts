import { spawnSync } from 'node:child_process';

import type { Benchmark } from './measure.ts';

const FILES = 100;
const CASES = 500;
const BYTES_PER_MB = 1_048_576;

/** In a process of its own, so that its memory is its own: reads, judges and renders the whole run. */
const PROGRAM = `
import { buildPipeline } from '@sophia/core/report/pipeline/build-pipeline';
import { renderComment } from '@sophia/core/report/markdown/render-comment';
import { renderPage } from '@sophia/core/report/html/render-page';
const cases = (file) => Array.from({ length: ${CASES} }, (_, index) =>
  index % 50 === 0
    ? '<testcase classname="suite.' + file + '" name="case ' + index + '" time="0.01"><failure message="expected 1, got 2">at file.ts:1</failure></testcase>'
    : '<testcase classname="suite.' + file + '" name="case ' + index + '" time="0.01"/>').join('\\n');
const sources = Array.from({ length: ${FILES} }, (_, file) => ({
  path: file + '.xml',
  text: '<testsuites><testsuite name="s' + file + '">' + cases(file) + '</testsuite></testsuites>',
}));
const run = { repository: 'a/b', sha: 'c', runId: 1, attempt: 1, job: '', actor: '', event: 'push', ref: '', url: '', reportSha: '', pullRequest: 1, fork: false };
const started = performance.now();
const pipeline = buildPipeline({ sources, listed: [], needs: '', jobs: [], run, acceptAnyRun: false, environment: '', message: '', previous: undefined, nowMs: 0 });
const bytes = renderComment({ pipeline, key: 'default' }).length + renderPage(pipeline).length;
const durationMs = performance.now() - started;
console.log(JSON.stringify({ durationMs, bytes, passed: pipeline.tests.reduce((sum, { passed }) => sum + passed, 0), memory: process.resourceUsage().maxRSS * 1024 }));
`;

/**
 * The files alone, ours beside junit2json (dorny/test-reporter and its parser are no package of a registry): each reads
 * the same 100 files three times in turn, and the smallest counts.
 */
const SIDE_BY_SIDE = `
import { parse } from 'junit2json';
import { parseJUnit } from '@sophia/core/report/read/parse-junit';
const cases = (file) => Array.from({ length: ${CASES} }, (_, index) =>
  '<testcase classname="suite.' + file + '" name="case ' + index + '" time="0.01"/>').join('\\n');
const texts = Array.from({ length: ${FILES} }, (_, file) => '<testsuites><testsuite name="s' + file + '">' + cases(file) + '</testsuite></testsuites>');
const best = { ours: Infinity, theirs: Infinity };
const timed = async (name, read) => {
  const started = performance.now();
  let count = 0;
  for (const text of texts) count += await read(text);
  if (count !== ${FILES * CASES}) throw new Error(name + ' read ' + count + ' cases');
  best[name] = Math.min(best[name], performance.now() - started);
};
for (let round = 0; round < 3; round += 1) {
  await timed('ours', (text) => parseJUnit(text).passed);
  await timed('theirs', async (text) => (await parse(text)).testsuite.reduce((sum, suite) => sum + suite.testcase.length, 0));
}
console.log(JSON.stringify(best));
`;

const DEPLOYMENTS = 5_000;
/** 300 kB, as the page's promise has it. */
const LARGEST_PAGE_MB = 0.286;

/** A year and more of deployments to two environments and three regions, each ninth rolled back. */
const DASHBOARD = `
import { renderDashboard } from '@sophia/core/report/html/render-dashboard';
import { parseRecord } from '@sophia/core/report/history/run-record';
const HOUR = 3_600_000;
const start = Date.UTC(2025, 0, 6);
const at = (hours) => new Date(start + hours * HOUR).toISOString();
const lines = Array.from({ length: ${DEPLOYMENTS} }, (_, index) => {
  const bad = index % 9 === 0;
  const environment = index % 2 === 0 ? 'production' : 'staging';
  const regions = ['eu-west-1', 'us-east-1', 'ap-south-1'].map((name) => ({ name, good: !bad, durationMs: 60_000 }));
  return JSON.stringify({
    schema: 'sophia-history/1', runId: index + 1, attempt: 1, sha: 'a'.repeat(40), url: 'https://github.com/a/b/actions/runs/' + index,
    environment, at: at(index), verdict: bad ? 'failure' : 'success', committedAt: at(index - 2),
    deployment: { id: 'sophia-' + environment + '-' + index, status: bad ? 'rolled-back' : 'success', finishedAt: at(index), durationMs: 60_000, rollbackMs: bad ? 4_000 : null, failedStep: bad ? 'backend/health' : null, regions },
    gatePassed: true, serversHealthy: 1, coverage: 0.9, fleetReadyMs: 1_000, recoveryMs: null, criticalFindings: 0,
  });
});
const started = performance.now();
const records = lines.map((line) => parseRecord(line));
const page = renderDashboard({ repository: 'a/b', records, nowMs: start + ${DEPLOYMENTS} * HOUR, pageOf: ({ runId }) => 'runs/' + runId + '.1.html' });
console.log(JSON.stringify({ durationMs: performance.now() - started, bytes: Buffer.byteLength(page) }));
`;

/** Runs a program in a process of its own. */
function measured(program: string): Readonly<Record<string, number>> {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Readonly<Record<string, number>>;
}

export const benchmark: Benchmark = {
  title: `Report of ${FILES * CASES} JUnit cases in ${FILES} files: read, judged, rendered as comment and page`,
  run() {
    const { durationMs = NaN, memory = NaN } = measured(PROGRAM);
    const { ours = NaN, theirs = NaN } = measured(SIDE_BY_SIDE);
    const dashboard = measured(DASHBOARD);
    const { durationMs: dashboardMs = NaN, bytes: dashboardBytes = NaN } = dashboard;
    return Promise.resolve([
      { name: 'time', value: durationMs, unit: 'ms' as const, limit: 1_500 },
      { name: 'memory of the process', value: memory / BYTES_PER_MB, unit: 'MB' as const, limit: 250 },
      { name: 'the files parsed', value: ours, unit: 'ms' as const },
      { name: 'the same by junit2json 4.0.0', value: theirs, unit: 'ms' as const },
      { name: 'the files parsed, over junit2json', value: ours / theirs, unit: 'x' as const, limit: 1 },
      {
        name: `dashboard of ${DEPLOYMENTS} deployments, from their records`,
        value: dashboardMs,
        unit: 'ms' as const,
        limit: 3_000,
      },
      {
        name: 'its page',
        value: dashboardBytes / BYTES_PER_MB,
        unit: 'MB' as const,
        limit: LARGEST_PAGE_MB,
      },
    ]);
  },
};
