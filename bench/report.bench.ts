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

export const benchmark: Benchmark = {
  title: `Report of ${FILES * CASES} JUnit cases in ${FILES} files: read, judged, rendered as comment and page`,
  run() {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    if (child.status !== 0) throw new Error(child.stderr);
    const { durationMs, memory } = JSON.parse(child.stdout) as { durationMs: number; memory: number };
    return Promise.resolve([
      { name: 'time', value: durationMs, unit: 'ms' as const, limit: 1_500 },
      { name: 'memory of the process', value: memory / BYTES_PER_MB, unit: 'MB' as const, limit: 250 },
    ]);
  },
};
