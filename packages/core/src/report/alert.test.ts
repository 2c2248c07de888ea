import { describe, expect, test } from '@jest/globals';

import {
  alertKey,
  isOfDefaultBranch,
  parseAlertMarker,
  renderAlertIssue,
  renderAlertMarker,
  renderRecovery,
  renderWebhook,
} from './alert.ts';
import { buildSample } from './golden/build-sample.ts';
import { blockedSample, greenSample } from './golden/sample.ts';

const run = { event: 'push', ref: 'refs/heads/main', fork: false };

describe('who alerts', () => {
  test.each([
    ['a push to the default branch', {}, true],
    ['a run by hand on it', { event: 'workflow_dispatch' }, true],
    ['its name as the API tells it', { ref: 'main' }, true],
    ['a schedule, which runs nowhere else', { event: 'schedule', ref: '' }, true],
    ['another branch', { ref: 'refs/heads/topic' }, false],
    ['a tag of the same name', { ref: 'refs/tags/main' }, false],
    ['a pull request', { event: 'pull_request', ref: 'refs/pull/7/merge' }, false],
    ['a pull request that runs with our rights', { event: 'pull_request_target' }, false],
    ['a merge queue', { event: 'merge_group' }, false],
    ['a fork', { fork: true }, false],
    ['a terminal', { event: '' }, false],
  ])('%s', (_, own, alerts) => {
    expect(isOfDefaultBranch({ ...run, ...own }, 'main')).toBe(alerts);
  });

  test('nobody, where the default branch is not known', () => {
    expect(isOfDefaultBranch({ ...run, ref: '' }, '')).toBe(false);
  });
});

describe('the marker', () => {
  const marker = { key: alertKey('.github/workflows/ci.yml', 'default'), runId: 812, attempt: 2, reds: 3 };

  test('survives its issue', () => {
    expect(parseAlertMarker(`${renderAlertMarker(marker)}\nmore`)).toEqual(marker);
  });

  test('counts on the first line only', () => {
    expect(parseAlertMarker(`text\n${renderAlertMarker(marker)}`)).toBeUndefined();
  });

  test('differs between workflows and between markers', () => {
    const keys = [alertKey('ci.yml', 'a'), alertKey('ci.yml', 'b'), alertKey('cd.yml', 'a')];
    expect(new Set(keys).size).toBe(3);
  });
});

const hostile = '<!channel> @everyone ](javascript:alert(1)) <script> <!-- x --> #12 https://evil.example';
const parts = { pipeline: buildSample(blockedSample), workflow: 'Deploy', branch: 'main' };
const foreign = {
  ...parts,
  pipeline: { ...parts.pipeline, headline: hostile, fix: hostile.repeat(100) },
  workflow: hostile,
};
const marker = { key: '0123456789ab', runId: 812, attempt: 1, reds: 1 };

test('the issue says what is red, what to do and where to look', () => {
  expect(renderAlertIssue(parts, marker)).toMatchSnapshot();
});

test('the webhook says the same in blocks, and that all is well again', () => {
  expect(renderWebhook(parts, 'red')).toMatchSnapshot();
  const green = { ...parts, pipeline: buildSample(greenSample) };
  expect(renderWebhook(green, 'green').text).toMatch(/^✅ acme\/sophia-demo: main is green again: Deployed/);
  expect(renderRecovery(green)).toContain('✅ Green again: Deployed');
});

test('foreign text is inert and bounded in both', () => {
  const { title, body } = renderAlertIssue(foreign, marker);
  expect(title.length).toBeLessThanOrEqual(200);
  expect(body.split('\n').slice(1).join('\n')).not.toMatch(/<script|<!--|(?<!`)@everyone|(?<!`)#12\b/);
  const message = renderWebhook(foreign, 'red');
  expect(message.text).not.toMatch(/[<>]/);
  const texts = JSON.stringify(message.blocks);
  expect(texts).not.toContain('mrkdwn');
  expect(Math.max(...texts.split('"').map(({ length }) => length))).toBeLessThanOrEqual(2_900);
});

test('an issue of a thousand failures stays within what GitHub takes', () => {
  const [first] = parts.pipeline.problems;
  const problems = Array.from({ length: 1_000 }, (_, index) => ({
    ...first!,
    name: `check-${index}`,
    message: '@x '.repeat(5_000),
  }));
  const { body } = renderAlertIssue({ ...parts, pipeline: { ...parts.pipeline, problems } }, marker);
  expect(body.length).toBeLessThan(65_536);
  expect(body).toContain('and 980 more');
});
