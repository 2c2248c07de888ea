import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { openArtifactStore } from '@sophia/standins/artifact-store';
import type { GitHubOptions, GitHubStandin } from '@sophia/standins/github';
import { zipSync } from 'fflate';

import {
  gateReport,
  PULL_REQUEST,
  reportOnPullRequest,
  RUN_ID,
  startRepository,
} from './pr-report-workspace.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const green = gateReport([{ name: 'openai' }]).text;
const HEAD = 'c'.repeat(40);

let folder: string;
let results: Awaited<ReturnType<typeof startActionsResults>>;
let github: GitHubStandin;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sophia-store-'));
  results = await startActionsResults({ folder });
});
afterEach(async () => {
  await github.close();
  await results.close();
});

async function upload(name: string, blob: Uint8Array, runId = RUN_ID): Promise<number> {
  const store = await openArtifactStore(folder);
  const run = { runBackendId: `${runId}.1`, jobBackendId: 'job', name, mimeType: 'application/zip' };
  const { id } = (await store.create(run)) ?? { id: 0 };
  await store.write(id, blob);
  await store.finalize(run.runBackendId, name);
  return id;
}

async function report(inputs: Readonly<Record<string, string>> = {}, options: Partial<GitHubOptions> = {}) {
  github = await startRepository({ artifactsFolder: folder, ...options });
  const job = resultsEnvironment(results.url, { runId: RUN_ID, attempt: 1, jobId: 'job' });
  return reportOnPullRequest({ github, files: [], inputs, variables: job });
}

const bodyOf = () => github.comments()[0]?.body ?? '';

describe('artifacts of the run', () => {
  test('are read, those of other names are not, and our own report is kept as one', async () => {
    await upload(
      'sophia-health-gate-production-gate-1',
      zipSync({ 'health_gate_report.json': bytes(green) }),
    );
    await upload('something-else', zipSync({ 'health_gate_report.json': bytes('{') }));
    await upload(
      'sophia-tests-1',
      zipSync({ 'run.log': bytes('x'), 't.xml': bytes('<testsuite><testcase name="a"/></testsuite>') }),
    );
    const run = await report();
    expect(run.outputs['status']).toBe('success');
    expect(bodyOf()).toContain('1/1 checks');
    expect(bodyOf()).toContain('1 passed, 0 failed');
    expect(bodyOf()).not.toContain('Not counted');
    const store = await openArtifactStore(folder);
    const own = (await store.list()).find(({ name }) => name.startsWith('sophia-pr-report-production-job-1'));
    const zip = (await store.read(own?.id ?? 0))?.toString('latin1') ?? '';
    for (const file of ['pr_report.json', 'report/index.html', 'pr_report_comment.md'])
      expect(zip).toContain(file);
  });

  test('whose entries lead out of it write nothing there, and make a warning', async () => {
    const evil = zipSync({ '../../../evil.json': bytes('{}'), 'health_gate_report.json': bytes(green) });
    await upload('sophia-evil', evil);
    const run = await report();
    expect(run.outputs['status']).toBe('warning');
    expect(bodyOf()).toContain('its name leads out of the artifact');
    const nearby = await Promise.all(
      [run.directory, join(run.directory, '..'), tmpdir()].map((path) => readdir(path)),
    );
    expect(nearby.flat()).not.toContain('evil.json');
  });

  test('that changed after they were listed are not believed', async () => {
    const id = await upload('sophia-gate', zipSync({ 'health_gate_report.json': bytes(green) }));
    await writeFile(join(folder, `${id}.blob`), zipSync({ 'health_gate_report.json': bytes(`${green} `) }));
    const run = await report();
    expect(run.outputs['status']).toBe('failure');
    expect(bodyOf()).toContain('it changed between listing and download');
  });

  test('that are no zip are listed', async () => {
    await upload('sophia-gate', bytes('not a zip'));
    await report();
    expect(bodyOf()).toContain('could not be read');
  });
});

test('a history in artifacts goes from run to run', async () => {
  const runs = [{ id: RUN_ID, headSha: HEAD }];
  await report({ history: 'artifact', dashboard: 'site' }, { runs });
  await github.close();
  github = await startRepository({ artifactsFolder: folder, runs });
  const variables = {
    ...resultsEnvironment(results.url, { runId: 813, attempt: 1, jobId: 'job' }),
    GITHUB_RUN_ID: '813',
  };
  const inputs = { history: 'artifact', dashboard: 'site' };
  const run = await reportOnPullRequest({ github, files: [], inputs, variables });
  expect(run.stdout).not.toContain('::warning::history');
  expect(await readFile(run.outputs['dashboard-path'] ?? '', 'utf8')).toContain('from 2 runs');
});

test("the page's timeline has the jobs that GitHub measured, and the verdict does not change", async () => {
  await upload('sophia-gate', zipSync({ 'health_gate_report.json': bytes(green) }));
  const at = (minute: number) => `2026-01-01T00:0${minute}:00Z`;
  const jobs = [
    { name: 'deploy / build-test', startedAt: at(1), completedAt: at(2), conclusion: 'failure' as const },
    { name: 'still-running', startedAt: at(3), completedAt: null },
  ];
  const run = await report({}, { runs: [{ id: RUN_ID, headSha: HEAD, jobs }] });
  expect(run.outputs['status']).toBe('success');
  const page = await readFile(join(run.directory, 'report/index.html'), 'utf8');
  expect(page).toContain('build-test');
  expect(page).not.toContain('still-running');
});

describe('another run, of a fork', () => {
  const fork: Partial<GitHubOptions> = {
    pulls: [
      {
        number: PULL_REQUEST,
        headRef: 'topic',
        headSha: HEAD,
        headRepository: 'mallory/app',
        login: 'mallory',
      },
      {
        number: 8,
        headRef: 'topic',
        headSha: 'd'.repeat(40),
        headRepository: 'mallory/app',
        login: 'mallory',
      },
    ],
    runs: [
      {
        id: 640,
        headSha: HEAD,
        headBranch: 'topic',
        headRepository: 'mallory/app',
        event: 'pull_request',
        name: 'CI',
        conclusion: 'failure',
      },
    ],
  };

  test('comments on the pull request of its head, counts its artifacts and conclusion, and writes no check or dashboard', async () => {
    const theirs = green.replace('"runId":812', '"runId":640');
    await upload('sophia-gate', zipSync({ 'health_gate_report.json': bytes(theirs) }), 640);
    await upload('sophia-gate', zipSync({ 'health_gate_report.json': bytes(green) }));
    const run = await report({ 'run-id': '640', 'check-run': 'true', dashboard: 'site' }, fork);
    expect(run.outputs).toMatchObject({ status: 'failure', mode: 'comment', 'dashboard-path': '' });
    expect(github.comments()).toMatchObject([{ issue: PULL_REQUEST }]);
    expect(bodyOf()).toContain('run=640.1');
    expect(bodyOf()).toContain('Blocked: job CI failed');
    expect(bodyOf()).toContain('1/1 checks');
    expect(github.requests.map(({ path }) => path).filter((path) => path.includes('check-runs'))).toEqual([]);
    expect(run.stdout).toContain("no check run was written: this run is a fork's");
  });

  test('that does not exist is refused', async () => {
    const run = await report({ 'run-id': '641' }, fork);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('GitHub answered 404');
  });
});
