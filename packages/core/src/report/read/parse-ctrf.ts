import { at, listAt, numberAt, textAt } from './json.ts';
import { clip, MOST_DETAILS } from './source.ts';
import type { TestCase, TestRun, TestStatus } from './source.ts';

/** CTRF also knows `pending` and `other`: neither passed nor failed. */
const statusOf = (test: unknown): TestStatus => {
  const status = textAt(test, 'status');
  return status === 'passed' || status === 'failed' ? status : 'skipped';
};

function testCase(test: unknown): TestCase {
  const suite = at(test, 'suite');
  return {
    suite: clip(Array.isArray(suite) ? suite.join(' > ') : textAt(test, 'suite')),
    name: clip(textAt(test, 'name')),
    status: statusOf(test),
    durationMs: numberAt(test, 'duration') ?? 0,
    message: clip(textAt(test, 'message')),
    file: clip(textAt(test, 'filePath')),
    line: numberAt(test, 'line'),
  };
}

/** Reads a report in the Common Test Report Format (ctrf.io). */
export function parseCtrf(document: unknown): TestRun {
  const tests = listAt(document, 'results', 'tests');
  const count = (status: TestStatus) => tests.filter((test) => statusOf(test) === status).length;
  const failed = tests.filter((test) => statusOf(test) === 'failed');
  const start = numberAt(document, 'results', 'summary', 'start') ?? 0;
  const stop = numberAt(document, 'results', 'summary', 'stop') ?? start;
  return {
    tool: clip(textAt(document, 'results', 'tool', 'name')) || 'CTRF',
    passed: count('passed'),
    failed: failed.length,
    skipped: count('skipped'),
    durationMs: Math.max(0, stop - start),
    failures: failed.slice(0, MOST_DETAILS).map(testCase),
  };
}
