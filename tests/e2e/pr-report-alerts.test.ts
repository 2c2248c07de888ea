import { execFile } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, describe, expect, test } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import type { SourceFile } from '@sophia/core/report/read/source';
import type { GitHubStandin } from '@sophia/standins/github';
import { startSlack } from '@sophia/standins/slack';
import type { Standin } from '@sophia/standins/server';

import {
  gateReport,
  reportOnPullRequest,
  requestsOf,
  startRepository,
  TOKEN,
  workspaceOf,
} from './pr-report-workspace.ts';
import { runBundle } from './run-bundle.ts';
import type { BundleRun } from './run-bundle.ts';

const PATH = '/services/T0FAKE000/B0FAKE000/fakeWebhookTokenOfATest';
const KEY = 'fake-signing-key-of-a-test';

const started: { close(): Promise<void> }[] = [];
async function services(options: Parameters<typeof startRepository>[0] = {}) {
  const github = await startRepository({ pulls: [], ...options });
  const slack = await startSlack({ path: PATH });
  started.push(github, slack);
  return { github, slack };
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

interface OnMain {
  readonly github: GitHubStandin;
  readonly files: readonly SourceFile[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly runId?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly payload?: unknown;
}

/** Runs the bundle for a push to main, as the runner would. */
async function reportOnMain(request: OnMain): Promise<BundleRun> {
  const { github, files, inputs = {}, runId = 812, variables = {} } = request;
  const { payload = { repository: { default_branch: 'main' } } } = request;
  const event = join(await mkdtemp(join(tmpdir(), 'sophia-event-')), 'event.json');
  await writeFile(event, JSON.stringify(payload));
  const ofRun = files.map((file) => ({
    ...file,
    text: file.text.replace('"runId":812', `"runId":${runId}`),
  }));
  return runBundle({
    action: 'pr-report',
    directory: await workspaceOf(ofRun),
    inputs: { 'github-token': TOKEN, ...inputs },
    variables: {
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: event,
      GITHUB_RUN_ID: String(runId),
      GITHUB_WORKFLOW: 'Deploy',
      GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
      ...variables,
    },
  });
}

const green = gateReport([{ name: 'openai' }]);
const redItem = { name: 'openai', status: 'failure', category: 'unauthorized' } as const;
const red = gateReport([{ ...redItem, message: 'the key was refused (401)', hint: 'set it again' }]);
const issue = { 'alert-issue': 'true' };
const hook = (slack: Standin, key = KEY) => ({
  'alert-webhook': `${slack.url}${PATH}`,
  'alert-webhook-key': key,
});

async function alertsOf({ directory }: BundleRun) {
  const report = JSON.parse(await readFile(join(directory, 'pr_report.json'), 'utf8')) as Report;
  return report.items
    .filter(({ kind }) => kind === 'alert')
    .map(({ name, status, message }) => ({ name, status, message }));
}

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

/** HMAC-SHA256 by another implementation than the one that signs. */
async function hmac(text: string, key: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await webcrypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  return Buffer.from(await webcrypto.subtle.sign('HMAC', imported, encoder.encode(text))).toString('hex');
}

/** Runs what the documentation tells receivers to do. */
async function documentedCheck(headers: Readonly<Record<string, string>>, body: string, key: string) {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/report.md'), 'utf8');
  const snippet = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const file = join(await mkdtemp(join(tmpdir(), 'sophia-snippet-')), 'verify.mjs');
  const call = `console.log(isGenuine(${JSON.stringify(headers)}, ${JSON.stringify(body)}, ${JSON.stringify(key)}));\n`;
  await writeFile(file, snippet + call);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return stdout.trim();
}

describe('the webhook', () => {
  test('gets a message that Slack takes, signed so that the documented check accepts it and nothing else', async () => {
    const { github, slack } = await services();
    const run = await reportOnMain({ github, files: [red], inputs: hook(slack) });
    expect(await alertsOf(run)).toMatchObject([{ name: 'alert-webhook', status: 'success' }]);
    expect(slack.requests).toHaveLength(1);
    const { headers = {}, body = '' } = slack.requests[0] ?? {};
    expect(JSON.parse(body)).toMatchObject({
      text: '❌ acme/app: main is red (Deploy): Blocked: openai rejected the credentials https://github.com/acme/app/actions/runs/812',
    });
    const timestamp = headers['x-sophia-timestamp'] ?? '';
    expect(headers['x-sophia-signature']).toBe(`sha256=${await hmac(`${timestamp}.${body}`, KEY)}`);
    expect(await documentedCheck(headers, body, KEY)).toBe('true');
    expect(await documentedCheck(headers, `${body} `, KEY)).toBe('false');
    expect(await documentedCheck(headers, body, 'another key')).toBe('false');
    expect(await documentedCheck({ ...headers, 'x-sophia-timestamp': '1' }, body, KEY)).toBe('false');
    expect(await documentedCheck({}, body, KEY)).toBe('false');
  });

  test('is not signed without a key, and not called by a green run', async () => {
    const { github, slack } = await services();
    await reportOnMain({ github, files: [red], inputs: hook(slack, '') });
    expect(
      Object.keys(slack.requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-sophia')),
    ).toEqual([]);
    await reportOnMain({ github, files: [green], inputs: hook(slack) });
    expect(slack.requests).toHaveLength(1);
  });

  test('also hears that it is green again, where the issue knows that it was red', async () => {
    const { github, slack } = await services();
    const inputs = { ...issue, ...hook(slack) };
    await reportOnMain({ github, files: [red], inputs });
    await reportOnMain({ github, files: [green], inputs, runId: 813 });
    await reportOnMain({ github, files: [green], inputs, runId: 814 });
    const texts = slack.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(texts).toEqual([
      expect.stringMatching(/^❌/),
      expect.stringMatching(/^✅ acme\/app: main is green again/),
    ]);
  });

  test.each([
    [500, /alert-webhook failed: the webhook answered 500/],
    [302, /alert-webhook failed: the webhook answered 302/],
    ['silence', /alert-webhook failed: the webhook was not reached: no answer within 5 s/],
    ['down', /alert-webhook failed: the webhook was not reached: /],
  ] as const)('that fails (%s) is a warning, and the verdict stands', async (mode, words) => {
    const { github, slack } = await services();
    const inputs = { ...issue, ...hook(slack), 'fail-on': 'failure' };
    if (mode === 'down') await slack.close();
    else slack.fail(mode);
    const run = await reportOnMain({ github, files: [red], inputs });
    expect(run.exitCode).toBe(1);
    expect(run.outputs['status']).toBe('failure');
    expect(run.stdout).toMatch(words);
    expect(github.issues()).toHaveLength(1);
    expect(await alertsOf(run)).toMatchObject([
      { status: 'success' },
      { name: 'alert-webhook', status: 'warning' },
    ]);
    expect(seen(run)).not.toContain(PATH);
  });

  test.each([
    'http://hooks.example.com/services/fake',
    'no-url',
    'http://169.254.169.254/latest/fakeMetadata',
  ])('at %s is refused', async (url) => {
    const { github } = await services();
    const run = await reportOnMain({ github, files: [red], inputs: { 'alert-webhook': url } });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('the input "alert-webhook" is no https:// URL');
    expect(seen(run)).not.toContain(url);
  });
});

/** What people see of a log: the runner takes the masks out. */
const seen = ({ stdout, stderr, summary }: BundleRun) =>
  stdout.replace(/^::add-mask::.*$/gm, '') + stderr + summary;

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
