import { describe, expect, test } from '@jest/globals';

import { buildSample } from '../golden/build-sample.ts';
import { sampleRun } from '../golden/sample-report.ts';
import { blockedSample } from '../golden/sample.ts';
import { renderGantt } from './gantt.ts';
import { isLater, parseMarker, renderMarker } from './marker.ts';
import { COMMENT_BUDGET, renderComment } from './render-comment.ts';

function hugeComment(tests: number): string {
  const cases = Array.from(
    { length: tests },
    (_, index) =>
      `<testcase name="${'ö'.repeat(100)} ${index}"><failure message="${'long | words '.repeat(20)}"/></testcase>`,
  );
  const source = { path: 't.xml', text: `<testsuite name="s">${cases.join('')}</testsuite>` };
  const pipeline = buildSample({ ...blockedSample, sources: [...blockedSample.sources, source] });
  return renderComment({ pipeline, key: 'default' });
}

describe('a comment that would be too long', () => {
  const body = hugeComment(900);

  test('keeps within the budget, in bytes', () => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(COMMENT_BUDGET);
    expect(Buffer.byteLength(body)).toBeGreaterThan(COMMENT_BUDGET * 0.9);
  });

  test('leaves nothing open', () => {
    const count = (pattern: RegExp) => [...body.matchAll(pattern)].length;
    expect(count(/<details/g)).toBe(count(/<\/details>/g));
    expect(count(/^```/gm) % 2).toBe(0);
  });

  test('drops failures from the end of the list, says so, and keeps the overview', () => {
    expect(body).toMatch(/shortened: \d+ rows are only in the HTML report/);
    expect(body).toContain('| ❌ | Tests | 34 passed, 901 failed');
    expect(body).toContain('`snowflake`');
  });
});

test('the marker is the first line, and only there it is one', () => {
  const marker = { key: 'default', runId: 812, attempt: 3 };
  expect(parseMarker(`${renderMarker(marker)}\nrest`)).toEqual(marker);
  expect(parseMarker(`quoted:\n${renderMarker(marker)}`)).toBeUndefined();
  expect(renderComment({ pipeline: buildSample(blockedSample), key: 'a.b' }).split('\n')[0]).toBe(
    '<!-- sophia:pr-report v1 key=a.b run=812.1 -->',
  );
});

test('a run is later by its number, then by its attempt', () => {
  const at = (runId: number, attempt: number) => ({ key: 'k', runId, attempt });
  expect(isLater(at(813, 1), at(812, 9))).toBe(true);
  expect(isLater(at(812, 2), at(812, 1))).toBe(true);
  expect(isLater(at(812, 1), at(812, 1))).toBe(false);
});

test('a message of the workflow stands on top', () => {
  const pipeline = buildSample(
    { ...blockedSample, run: sampleRun },
    { message: '**Preview:** https://example.com' },
  );
  const [, , third] = renderComment({ pipeline, key: 'default' }).split('\n');
  expect(third).toBe('**Preview:** https://example.com');
});

describe('a Mermaid gantt', () => {
  const span = (label: string, nested = false) =>
    ({ label, startMs: 1_000, endMs: 1_000, verdict: 'success', nested }) as const;

  test('takes no character and no keyword that breaks its grammar', () => {
    const text = renderGantt([
      span('a:b;c#d%%{x}'),
      span('section x'),
      span('click me', true),
      span('2026-01-01'),
      span(''),
    ]);
    expect(text).toContain('a b c d x :done');
    expect(text).toContain('- section x :done');
    expect(text).toContain('- click me :done');
    expect(text).toContain('- 2026-01-01 :done');
  });

  test('gives each task a length', () => {
    expect(renderGantt([span('a')])).toContain('a :done, t0, 1000, 1001');
  });
});
