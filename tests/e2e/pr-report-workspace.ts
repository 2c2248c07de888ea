import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach } from '@jest/globals';
import type { SourceFile } from '@sophia/core/report/read/source';
import type { Report, ReportItem } from '@sophia/core/report/envelope';
import { reportItem } from '@sophia/core/report/judge';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubOptions, GitHubStandin } from '@sophia/standins/github';

import { runBundle } from './run-bundle.ts';
import type { BundleRun } from './run-bundle.ts';

export const TOKEN = 'ghs_fakeTokenOfATest';
export const PULL_REQUEST = 7;
/** The commit and run that `run-bundle.ts` gives each bundle. */
export const SHA = '0123456789abcdef0123456789abcdef01234567';
export const RUN_ID = 812;

/** @returns GitHub with one open pull request, whose token may write unless told otherwise. */
export function startRepository(options: Partial<GitHubOptions> = {}): Promise<GitHubStandin> {
  const pull = { number: PULL_REQUEST, headRef: 'topic', headSha: 'b'.repeat(40), login: 'mallory' };
  return startGitHub({ token: TOKEN, repository: 'acme/app', pulls: [pull], ...options });
}

const started: GitHubStandin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((github) => github.close()));
});

/** @returns such a GitHub; it is closed after the test. */
export async function repository(options: Partial<GitHubOptions> = {}): Promise<GitHubStandin> {
  const github = await startRepository(options);
  started.push(github);
  return github;
}

/** @returns a workspace with these files in it. */
export async function workspaceOf(files: readonly SourceFile[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sophia-report-'));
  for (const { path, text } of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** @returns a gate's report of this run with these items. */
export function gateReport(items: readonly Partial<ReportItem>[], own: Partial<Report> = {}): SourceFile {
  const all = items.map((item) => reportItem({ name: 'check', kind: 'http', ...item }));
  const isRed = all.some((item) => item.status === 'failure' && item.severity === 'critical');
  const report: Report = {
    schema: 'sophia-report/1',
    kind: 'health-gate',
    status: isRed ? 'failure' : 'success',
    environment: 'production',
    deploymentId: 'sophia-production-1',
    startedAt: '2026-06-12T09:30:00.000Z',
    durationMs: 800,
    run: {
      repository: 'acme/app',
      sha: SHA,
      runId: RUN_ID,
      attempt: 1,
      job: 'health-gate',
      actor: 'octocat',
      event: 'pull_request',
      ref: 'refs/pull/7/merge',
    },
    items: all,
    metrics: {},
    summary: '',
    details: {},
    ...own,
  };
  return { path: 'health_gate_report.json', text: JSON.stringify(report) };
}

/** @returns the report of a deployment of one step. */
export function deployReport(status: 'success' | 'rolled-back', runId: number = RUN_ID): SourceFile {
  const failed = { status: 'failure', category: 'server-error', message: 'HTTP 503' } as const;
  const item = { name: 'backend/health', kind: 'run', ...(status === 'success' ? {} : failed) };
  const { text } = gateReport([item], { kind: 'deploy-phase', status, metrics: { rollbackMs: 4_000 } });
  return { path: 'deploy.json', text: text.replace('"runId":812', `"runId":${runId}`) };
}

interface Request {
  readonly github: GitHubStandin;
  readonly files: readonly SourceFile[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** `owner/name` of the head; another than the repository is a fork. */
  readonly head?: string;
  readonly directory?: string;
}

/** Runs the bundle of pr-report for the pull request, as the runner would. */
export async function reportOnPullRequest(request: Request): Promise<BundleRun> {
  const { github, files, inputs = {}, variables = {}, head = 'acme/app' } = request;
  const directory = request.directory ?? (await workspaceOf(files));
  const event = join(await mkdtemp(join(tmpdir(), 'sophia-event-')), 'event.json');
  const pull_request = { number: PULL_REQUEST, head: { repo: { full_name: head }, sha: 'b'.repeat(40) } };
  await writeFile(event, JSON.stringify({ pull_request }));
  return runBundle({
    action: 'pr-report',
    directory,
    inputs: { 'github-token': TOKEN, ...inputs },
    variables: {
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: 'refs/pull/7/merge',
      ...variables,
    },
  });
}

/** @returns the requests that GitHub was sent, as `METHOD path`. */
export const requestsOf = (github: GitHubStandin): readonly string[] =>
  github.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
