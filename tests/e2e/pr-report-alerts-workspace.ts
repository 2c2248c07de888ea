// What tests of alerts share: reports on main, to a GitHub and a Slack that are stand-ins.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import type { SourceFile } from '@sophia/core/report/read/source';
import type { GitHubStandin } from '@sophia/standins/github';
import type { Standin } from '@sophia/standins/server';
import { startSlack } from '@sophia/standins/slack';

import { gateReport, startRepository, TOKEN, workspaceOf } from './pr-report-workspace.ts';
import { runBundle } from './run-bundle.ts';
import type { BundleRun } from './run-bundle.ts';

/** Where Slack's stand-in takes messages: a secret. */
export const PATH = '/services/T0FAKE000/B0FAKE000/fakeWebhookTokenOfATest';
/** Signs them. */
export const KEY = 'fake-signing-key-of-a-test';

const started: { close(): Promise<void> }[] = [];
/** @returns GitHub and Slack; they are closed after the test. */
export async function services(options: Parameters<typeof startRepository>[0] = {}) {
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
export async function reportOnMain(request: OnMain): Promise<BundleRun> {
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

export const green = gateReport([{ name: 'openai' }]);
export const redItem = { name: 'openai', status: 'failure', category: 'unauthorized' } as const;
export const red = gateReport([{ ...redItem, message: 'the key was refused (401)', hint: 'set it again' }]);
/** Inputs: an issue while the default branch is red. */
export const issue = { 'alert-issue': 'true' };
/** Inputs: a signed message at each change. */
export const hook = (slack: Standin, key = KEY) => ({
  'alert-webhook': `${slack.url}${PATH}`,
  'alert-webhook-key': key,
});

/** @returns what the report says of the alerts of a run. */
export async function alertsOf({ directory }: BundleRun) {
  const report = JSON.parse(await readFile(join(directory, 'pr_report.json'), 'utf8')) as Report;
  return report.items
    .filter(({ kind }) => kind === 'alert')
    .map(({ name, status, message }) => ({ name, status, message }));
}

/** What people see of a log: the runner takes the masks out. */
export const seen = ({ stdout, stderr, summary }: BundleRun) =>
  stdout.replace(/^::add-mask::.*$/gm, '') + stderr + summary;
