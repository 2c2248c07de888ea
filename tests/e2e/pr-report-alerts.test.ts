import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import {
  alertsOf,
  green,
  hook,
  issue,
  KEY,
  PATH,
  red,
  redItem,
  reportOnMain,
  seen,
  services,
} from './pr-report-alerts-workspace.ts';
import { gateReport, reportOnPullRequest, requestsOf } from './pr-report-workspace.ts';

describe('the issue', () => {
  test('is opened once, updated in place by the next red run, and closed with a comment by a green one', async () => {
    const { github } = await services();
    const first = await reportOnMain({ github, files: [red], inputs: issue });
    expect(first.exitCode).toBe(0);
    expect(github.issues()).toMatchObject([
      { state: 'open', title: 'main is red (Deploy): Blocked: openai rejected the credentials' },
    ]);
    const [opened] = github.issues();
    expect(opened?.body).toMatch(
      /^<!-- sophia:alert v1 key=[0-9a-f]{12} run=812\.1 reds=1 -->\n### ❌ Blocked: openai/,
    );
    expect(opened?.body).toContain('https://github.com/acme/app/actions/runs/812');
    expect(await alertsOf(first)).toMatchObject([
      { status: 'success', message: expect.stringMatching(/^issue #1 opened/) },
    ]);

    await reportOnMain({ github, files: [red], inputs: issue, runId: 813 });
    expect(github.issues()).toHaveLength(1);
    expect(github.issues()[0]?.body).toContain('run=813.1 reds=2');
    expect(github.issues()[0]?.body).toContain('Red for 2 runs');
    expect(github.comments()).toEqual([]);

    await reportOnMain({ github, files: [green], inputs: issue, runId: 814 });
    expect(github.issues()).toMatchObject([{ state: 'closed', stateReason: 'completed' }]);
    expect(github.comments()).toMatchObject([
      { issue: 1, body: expect.stringMatching(/^✅ Green again: All clear/) },
    ]);

    const later = await reportOnMain({ github, files: [green], inputs: issue, runId: 815 });
    expect(await alertsOf(later)).toEqual([]);
    expect(github.comments()).toHaveLength(1);
    await reportOnMain({ github, files: [red], inputs: issue, runId: 816 });
    expect(github.issues()).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
  });

  test('of a second attempt is the same red run', async () => {
    const { github } = await services();
    await reportOnMain({ github, files: [red], inputs: issue });
    await reportOnMain({ github, files: [red], inputs: issue, variables: { GITHUB_RUN_ATTEMPT: '2' } });
    expect(github.issues()[0]?.body).toContain('run=812.2 reds=1');
  });

  test('of a stranger, or a pull request, with our marker is left alone', async () => {
    const { github } = await services();
    await reportOnMain({ github, files: [red], inputs: issue });
    const body = github.issues()[0]?.body ?? '';
    const number = github.issue({ title: 'mine', login: 'mallory', body });
    await reportOnMain({ github, files: [green], inputs: issue, runId: 813 });
    expect(github.issues()).toMatchObject([
      { state: 'closed' },
      { number, state: 'open', title: 'mine', body },
    ]);
    await reportOnMain({ github, files: [red], inputs: issue, runId: 814 });
    expect(github.issues().map(({ title }) => title)).toEqual([
      expect.stringContaining('main is red'),
      'mine',
      expect.stringContaining('main is red'),
    ]);
  });

  test('of another workflow is another issue, and a green run of one closes only its own', async () => {
    const { github } = await services();
    const nightly = {
      GITHUB_WORKFLOW: 'Nightly',
      GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/nightly.yml@refs/heads/main',
    };
    await reportOnMain({ github, files: [red], inputs: issue });
    await reportOnMain({ github, files: [red], inputs: issue, variables: nightly });
    await reportOnMain({ github, files: [green], inputs: issue, runId: 813 });
    expect(github.issues()).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
  });

  test('of a later run is not touched by an earlier one, green or red', async () => {
    const { github } = await services();
    await reportOnMain({ github, files: [red], inputs: issue, runId: 820 });
    const before = structuredClone(github.issues());
    await reportOnMain({ github, files: [green], inputs: issue, runId: 812 });
    const run = await reportOnMain({ github, files: [red], inputs: issue, runId: 813 });
    expect(github.issues()).toEqual(before);
    expect((await alertsOf(run))[0]?.message).toContain('a later run has written it');
  });

  test('that two runs opened at once becomes one again', async () => {
    const { github } = await services();
    await reportOnMain({ github, files: [red], inputs: issue });
    const body = github.issues()[0]?.body ?? '';
    github.issue({ title: 'second', login: 'github-actions[bot]', body });
    await reportOnMain({ github, files: [red], inputs: issue, runId: 813 });
    expect(github.issues()).toMatchObject([
      { state: 'open' },
      { state: 'closed', stateReason: 'not_planned' },
    ]);
  });

  test('without `issues: write` is a warning, and the verdict stands', async () => {
    const { github } = await services({ readOnly: true });
    const run = await reportOnMain({ github, files: [red], inputs: { ...issue, 'fail-on': 'failure' } });
    expect(run.exitCode).toBe(1);
    expect(run.outputs['status']).toBe('failure');
    expect(run.stdout).toMatch(/::warning::alert-issue failed: GitHub answered 403/);
    expect(await alertsOf(run)).toMatchObject([{ name: 'alert-issue', status: 'warning' }]);
    expect(run.summary).toContain('Blocked: openai rejected the credentials');
  });

  test('is for the default branch: another one is silent, and its name is asked for where the event has none', async () => {
    const { github } = await services();
    const silent = await reportOnMain({
      github,
      files: [red],
      inputs: issue,
      variables: { GITHUB_REF: 'refs/heads/topic' },
    });
    expect(await alertsOf(silent)).toEqual([]);
    expect(github.issues()).toEqual([]);
    await reportOnMain({ github, files: [red], inputs: issue, payload: {} });
    expect(requestsOf(github)).toContain('GET /repos/acme/app');
    expect(github.issues()).toHaveLength(1);
  });
});

test('no secret is in any byte, not even where a report quotes it', async () => {
  const { github, slack } = await services();
  const url = `${slack.url}${PATH}`;
  const message = `posting to ${url} with ${KEY} failed, path ${PATH}`;
  const leaky = gateReport([{ ...redItem, message, hint: Buffer.from(KEY).toString('base64') }]);
  const run = await reportOnMain({ github, files: [leaky], inputs: { ...issue, ...hook(slack) } });
  const names = await readdir(run.directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && entry.name !== 'health_gate_report.json');
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
  const sent = [...github.requests, ...slack.requests].map(({ body }) => body);
  const everything = [seen(run), JSON.stringify(run.outputs), ...texts, ...sent].join('\n');
  expect(texts.length).toBeGreaterThan(2);
  expect(github.issues()).toHaveLength(1);
  expect(slack.requests).toHaveLength(1);
  expect(everything).toMatch(/posting to \*\*\* with \*\*\* failed, path \*\*\*/);
  for (const secret of ['fakeWebhookTokenOfATest', KEY, Buffer.from(KEY).toString('base64')])
    expect(everything).not.toContain(secret);
});

test('a pull request never alerts, of a fork or not', async () => {
  const { github, slack } = await services({
    pulls: [{ number: 7, headRef: 'topic', headSha: 'b'.repeat(40) }],
  });
  const inputs = { ...issue, ...hook(slack), comment: 'never' };
  for (const head of ['acme/app', 'mallory/app']) {
    const run = await reportOnPullRequest({ github, files: [red], inputs, head });
    expect(run.outputs['status']).toBe('failure');
    expect(await alertsOf(run)).toEqual([]);
  }
  expect(github.issues().map(({ number }) => number)).toEqual([7]);
  expect(slack.requests).toEqual([]);
});
