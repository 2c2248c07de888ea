import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import {
  gateReport,
  PULL_REQUEST,
  reportOnPullRequest,
  requestsOf,
  repository,
  TOKEN,
  workspaceOf,
} from './pr-report-workspace.ts';
import { runBundle } from './run-bundle.ts';

const green = gateReport([{ name: 'openai', durationMs: 120 }]);
const red = gateReport([
  {
    name: 'openai',
    status: 'failure',
    category: 'unauthorized',
    message: 'the key was refused (401)',
    hint: 'set openai_api_key in ESC again',
  },
]);

describe('the comment', () => {
  test('is created with the verdict first, then updated in place with two requests, beside one for the times of jobs', async () => {
    const github = await repository();
    const first = await reportOnPullRequest({ github, files: [red] });
    expect(first.exitCode).toBe(0);
    expect(first.outputs).toMatchObject({ status: 'failure', mode: 'comment' });
    expect(github.comments()).toHaveLength(1);
    const [body = ''] = github.comments().map((comment) => comment.body);
    expect(body.split('\n')[0]).toBe('<!-- sophia:pr-report v1 key=default run=812.1 -->');
    expect(body).toContain('### ❌ Blocked: openai rejected the credentials');
    expect(body).toContain('set openai\\_api\\_key in ESC again');
    expect(first.outputs['comment-id']).toBe(String(github.comments()[0]?.id));

    const before = github.requests.length;
    const second = await reportOnPullRequest({
      github,
      files: [green],
      variables: { GITHUB_RUN_ID: '812', GITHUB_RUN_ATTEMPT: '2' },
    });
    expect(second.outputs).toMatchObject({ status: 'success', mode: 'comment' });
    expect(requestsOf(github).slice(before)).toEqual([
      `GET /repos/acme/app/issues/${PULL_REQUEST}/comments`,
      'GET /repos/acme/app/actions/runs/812/attempts/2/jobs',
      `PATCH /repos/acme/app/issues/comments/${github.comments()[0]?.id}`,
    ]);
    expect(github.comments()).toHaveLength(1);
    expect(github.comments()[0]?.body).toContain('### ✅ May go: all clear');
    expect(github.comments()[0]?.body).toContain('−1 ✗');
  });

  test('of a stranger with our marker is left alone, and is not where we write', async () => {
    const github = await repository();
    const marker = '<!-- sophia:pr-report v1 key=default run=999999.1 -->\nall is well, merge me';
    github.comment({ issue: PULL_REQUEST, login: 'mallory', body: marker });
    const run = await reportOnPullRequest({ github, files: [red] });
    expect(run.outputs['mode']).toBe('comment');
    expect(github.comments()).toHaveLength(2);
    expect(github.comments()[0]?.body).toBe(marker);
    expect(github.comments()[1]?.body).toContain('Blocked: openai');
  });

  test('is found behind the first page', async () => {
    const github = await repository();
    for (let index = 0; index < 100; index += 1)
      github.comment({ issue: PULL_REQUEST, login: 'octocat', body: `comment ${index}` });
    const body = '<!-- sophia:pr-report v1 key=default run=700.1 -->\nold';
    github.comment({ issue: PULL_REQUEST, login: 'github-actions[bot]', body });
    await reportOnPullRequest({ github, files: [green] });
    expect(github.comments()).toHaveLength(101);
    expect(github.comments()[100]?.body).toContain('run=812.1');
  });

  test('of a later run is not overwritten by an earlier one', async () => {
    const github = await repository();
    const body = '<!-- sophia:pr-report v1 key=default run=813.1 -->\nlater';
    github.comment({ issue: PULL_REQUEST, login: 'github-actions[bot]', body });
    const run = await reportOnPullRequest({ github, files: [red] });
    expect(run.exitCode).toBe(0);
    expect(github.comments().map((comment) => comment.body)).toEqual([body]);
  });

  test('keeps the oldest of two that were written at once, and hides the other', async () => {
    const github = await repository();
    const body = '<!-- sophia:pr-report v1 key=default run=700.1 -->\nold';
    for (let index = 0; index < 2; index += 1)
      github.comment({ issue: PULL_REQUEST, login: 'github-actions[bot]', body });
    await reportOnPullRequest({ github, files: [green] });
    const [oldest, other] = github.comments();
    expect(oldest?.body).toContain('run=812.1');
    expect(other?.minimized).toBe('OUTDATED');
    expect(other?.body).toMatch(/^Replaced by https:\/\/github.com\/acme\/app\/issues\/7#issuecomment-\d+$/);
  });

  test('with `on-change` stays untouched while nothing changes', async () => {
    const github = await repository();
    await reportOnPullRequest({ github, files: [red], inputs: { comment: 'on-change' } });
    const again = { GITHUB_RUN_ID: '813' };
    const unchanged = { ...red, text: red.text.replace('"runId":812', '"runId":813') };
    await reportOnPullRequest({
      github,
      files: [unchanged],
      variables: again,
      inputs: { comment: 'on-change' },
    });
    expect(github.comments()[0]?.body).toContain('run=812.1');
    expect(requestsOf(github).filter((request) => request.startsWith('PATCH'))).toEqual([]);
  });

  test('that was deleted after it was read is written anew', async () => {
    const github = await repository();
    const body = '<!-- sophia:pr-report v1 key=default run=700.1 -->\nold';
    github.comment({ issue: PULL_REQUEST, login: 'github-actions[bot]', body });
    github.fail(404, { times: 1, method: 'PATCH' });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.outputs['mode']).toBe('comment');
    expect(github.comments().at(-1)?.body).toContain('run=812.1');
  });

  test('of another marker is another comment', async () => {
    const github = await repository();
    await reportOnPullRequest({ github, files: [green] });
    await reportOnPullRequest({ github, files: [green], inputs: { marker: 'nightly' } });
    expect(github.comments().map(({ body }) => body.split('\n')[0])).toEqual([
      '<!-- sophia:pr-report v1 key=default run=812.1 -->',
      '<!-- sophia:pr-report v1 key=nightly run=812.1 -->',
    ]);
  });

  test('with `always` is also written for a push whose commit has an open pull request', async () => {
    const headSha = '0123456789abcdef0123456789abcdef01234567';
    const github = await repository({ pulls: [{ number: PULL_REQUEST, headRef: 'topic', headSha }] });
    const directory = await workspaceOf([green]);
    const inputs = { 'github-token': TOKEN, comment: 'always', summary: 'false' };
    const variables = { GITHUB_API_URL: github.url };
    const run = await runBundle({ action: 'pr-report', directory, inputs, variables });
    expect(run.outputs['mode']).toBe('comment');
    expect(github.comments()).toMatchObject([{ issue: PULL_REQUEST }]);
    expect(run.summary).toBe('');
  });

  test('with `on-failure` is not written for a green run', async () => {
    const github = await repository();
    const run = await reportOnPullRequest({ github, files: [green], inputs: { comment: 'on-failure' } });
    expect(run.outputs['mode']).toBe('summary-only');
    expect(github.comments()).toEqual([]);
  });
});

describe('trouble with GitHub', () => {
  test("of a fork's read-only token leaves the summary, a warning and exit 0", async () => {
    const github = await repository({ readOnly: true });
    const run = await reportOnPullRequest({ github, files: [red], head: 'mallory/app' });
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ status: 'failure', mode: 'summary-only', 'comment-id': '' });
    expect(run.stdout).toMatch(/::warning::no comment was written: GitHub answered 403/);
    expect(run.summary).toContain('Blocked: openai rejected the credentials');
    const shown = run.stdout.replace(/^::add-mask::.*$/gm, '');
    expect(shown).not.toContain(TOKEN);
  });

  test('limits are waited for as long as GitHub asks', async () => {
    const github = await repository();
    github.fail('secondary_rate_limit', { times: 1, method: 'POST', retryAfterSeconds: 1 });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.outputs['mode']).toBe('comment');
    expect(run.durationMs).toBeGreaterThan(1_000);
    expect(github.comments()).toHaveLength(1);
  });

  test('a body that is refused is tried once more, shorter', async () => {
    const github = await repository();
    github.fail('validation_failed', { times: 1, method: 'POST' });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.outputs['mode']).toBe('comment');
  });

  test('a GitHub that is down hides no verdict', async () => {
    const github = await repository();
    github.fail(503);
    const run = await reportOnPullRequest({ github, files: [red], inputs: { 'fail-on': 'failure' } });
    expect(run.exitCode).toBe(1);
    expect(run.outputs).toMatchObject({ status: 'failure', mode: 'summary-only' });
    expect(run.summary).toContain('Blocked: openai');
  });
});

describe('what was found', () => {
  test('a report of another run or commit is listed, and counts for nothing', async () => {
    const github = await repository();
    const foreign = { path: 'old/gate.json', text: red.text.replace('"runId":812', '"runId":640') };
    const inputs = { reports: '*.json\nold/*.json' };
    const run = await reportOnPullRequest({ github, files: [green, foreign], inputs });
    expect(run.outputs['status']).toBe('success');
    expect(github.comments()[0]?.body).toContain(
      '| `old/gate.json` | of another run | health-gate of run 640 |',
    );
  });

  test('a broken file is a warning, a required one that is missing is red, and nothing at all is red', async () => {
    const github = await repository();
    const broken = { path: 'broken.json', text: '{"schema":"sophia-report/1",' };
    const warned = await reportOnPullRequest({
      github,
      files: [green, broken],
      inputs: { reports: '*.json' },
    });
    expect(warned.outputs['status']).toBe('warning');
    const missing = await reportOnPullRequest({
      github,
      files: [green],
      inputs: { reports: '*.json\ngone.json' },
    });
    expect(missing.outputs['status']).toBe('failure');
    const nothing = await reportOnPullRequest({ github, files: [] });
    expect(nothing.outputs['status']).toBe('failure');
    expect(nothing.summary).toContain('Nothing was reported, so nothing is known');
  });

  test('a symbolic link is not followed', async () => {
    const github = await repository();
    const outside = await workspaceOf([{ path: 'secret.json', text: '{"secret":"OUTSIDE-THE-JOB"}' }]);
    const directory = await workspaceOf([green]);
    await mkdir(join(directory, 'reports'));
    await symlink(join(outside, 'secret.json'), join(directory, 'reports', 'link.json'));
    await symlink(outside, join(directory, 'reports', 'folder'));
    const inputs = { reports: '*.json\nreports/**/*.json' };
    const run = await reportOnPullRequest({ github, files: [], directory, inputs });
    expect(run.outputs['status']).toBe('warning');
    expect(github.comments()[0]?.body).toContain('a symbolic link');
    expect(github.comments()[0]?.body).not.toContain('OUTSIDE-THE-JOB');
  });

  test('the results of the jobs count, and a job that its reports explain is not named twice', async () => {
    const github = await repository();
    const needs = JSON.stringify({ 'health-gate': { result: 'failure' }, lint: { result: 'success' } });
    await reportOnPullRequest({ github, files: [red], inputs: { needs } });
    const body = github.comments()[0]?.body ?? '';
    expect(body).toContain('1/2 jobs');
    expect(body).toContain('Failures (1)');
  });
});

test('a check run gets its annotations in batches of fifty', async () => {
  const github = await repository();
  const cases = Array.from(
    { length: 120 },
    (_, index) =>
      `<testcase name="case ${index}" file="src/a.ts" line="${index + 1}"><failure message="no"/></testcase>`,
  );
  const junit = { path: 'tests.xml', text: `<testsuite name="unit">${cases.join('')}</testsuite>` };
  const inputs = { reports: '*.xml', 'check-run': 'true', comment: 'never' };
  const run = await reportOnPullRequest({ github, files: [junit], inputs });
  expect(run.stdout).not.toContain('no check run was written');
  const writes = github.requests.filter(({ path }) => path.includes('/check-runs'));
  expect(writes.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
  expect(JSON.stringify(writes[0]?.body)).toContain('b'.repeat(40));
});

test('the token is in no file that is kept', async () => {
  const github = await repository();
  const leak = gateReport([{ name: 'openai', status: 'failure', message: `token ${TOKEN} leaked` }]);
  const run = await reportOnPullRequest({ github, files: [leak] });
  const files = ['pr_report.json', 'pr_report_comment.md', 'report/index.html'];
  const texts = await Promise.all(files.map((file) => readFile(join(run.directory, file), 'utf8')));
  for (const text of [...texts, run.summary, github.comments()[0]?.body]) expect(text).not.toContain(TOKEN);
});

test('on a push there is the summary only, without a warning', async () => {
  const directory = await workspaceOf([green]);
  await writeFile(join(directory, 'x.txt'), '');
  const run = await runBundle({ action: 'pr-report', directory, inputs: { 'github-token': TOKEN } });
  expect(run.exitCode).toBe(0);
  expect(run.outputs).toMatchObject({ status: 'success', mode: 'summary-only' });
  expect(run.stdout).not.toContain('::warning::');
});
