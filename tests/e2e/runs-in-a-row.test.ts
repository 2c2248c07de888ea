// Two runs of one workflow in the local runner, on machines that share no file: all that the second one knows of the
// first came through artifacts.
import { mkdtempSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import { runWorkflow } from '@sophia/local-runner/run-workflow';
import type { WorkflowResult } from '@sophia/local-runner/run-options';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { startEcho } from '@sophia/standins/echo';
import { startGitHub } from '@sophia/standins/github';

import { releaseDirectory } from './run-bundle.ts';

const REPOSITORY = 'acme/app';
const TOKEN = 'ghs_fakeTokenOfATest';
const SHA = 'a'.repeat(40);
const FIRST = 811;
const SECOND = 812;
const WORKFLOW = '.github/workflows/deploy.yml';

/** Each job leaves what it knows in a folder of its run, outside of its workspace. */
const workflow = `
name: Deploy
on:
  workflow_dispatch:
    inputs:
      id: { type: string, required: true }
      phase: { type: string, default: all }
      to: { type: string, default: '' }
      keep: { type: string, required: true }
permissions: { actions: read, contents: read }
env: { KEEP: '\${{ inputs.keep }}' }
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: ai-cherry/sophia-actions/health-gate@v1
        with: { environment: production, history: artifact, github-token: '\${{ github.token }}' }
      - run: cp health_gate_report.json "$KEEP/gate.json"
  deploy:
    runs-on: ubuntu-latest
    needs: gate
    steps:
      - uses: actions/checkout@v6
      - run: test ! -e logs
      - uses: ai-cherry/sophia-actions/deploy-phase@v1
        with:
          environment: production
          deployment-id: \${{ inputs.id }}
          phase: \${{ inputs.phase }}
          to: \${{ inputs.to }}
          journal-token: \${{ github.token }}
  report:
    runs-on: ubuntu-latest
    needs: [gate, deploy]
    steps:
      - uses: ai-cherry/sophia-actions/pr-report@v1
        with:
          environment: production
          needs: \${{ toJSON(needs) }}
          history: artifact
          dashboard: site
          github-token: \${{ github.token }}
      - run: cp site/index.html "$KEEP/dashboard.html"
`;

const configuration = (url: string, world: string) => `
version: 1
environments: { production: {} }
checks: { web: { kind: http, url: '${url}/health' } }
deployment:
  journal: artifact
  phases:
    - name: web
      steps:
        - { name: a, run: 'echo +a >> ${world}', undo: 'echo -a >> ${world}' }
        - { name: b, run: 'echo +b >> ${world}', undo: 'echo -b >> ${world}' }
`;

interface Done {
  readonly result: WorkflowResult;
  readonly gate: Report;
  readonly dashboard: string;
}

describe('two runs one after the other', () => {
  const world = join(mkdtempSync(join(tmpdir(), 'sophia-world-')), 'world.log');
  let first: Done;
  let second: Done;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sophia-store-'));
    const results = await startActionsResults({ folder });
    const echo = await startEcho();
    const runs = [FIRST, SECOND].map((id) => ({
      ...{ id, headSha: SHA, headBranch: 'main', event: 'workflow_dispatch', path: WORKFLOW },
    }));
    const github = await startGitHub({ token: TOKEN, repository: REPOSITORY, artifactsFolder: folder, runs });
    closers.push(
      () => github.close(),
      () => results.close(),
      () => echo.close(),
    );
    const repository = mkdtempSync(join(tmpdir(), 'sophia-repository-'));
    mkdirSync(join(repository, '.github/workflows'), { recursive: true });
    writeFileSync(join(repository, WORKFLOW), workflow);
    writeFileSync(join(repository, '.github/sophia.yml'), configuration(echo.url, world));

    const run = async (runId: number, inputs: Readonly<Record<string, string>>): Promise<Done> => {
      const keep = mkdtempSync(join(tmpdir(), 'sophia-keep-'));
      const result = await runWorkflow({
        workflowFile: join(repository, WORKFLOW),
        event: 'workflow_dispatch',
        inputs: { ...inputs, keep },
        payload: { repository: { full_name: REPOSITORY, default_branch: 'main' } },
        context: {
          ...{ repository: REPOSITORY, ref: 'refs/heads/main', actor: 'octocat', sha: SHA },
          ...{ runId, runNumber: runId - FIRST + 1, attempt: 1 },
        },
        repositoryDirectory: repository,
        actionsDirectory: releaseDirectory,
        outDirectory: mkdtempSync(join(tmpdir(), 'sophia-out-')),
        openJob: ({ backendId }) => ({
          token: TOKEN,
          stepEnv: { GITHUB_API_URL: github.url, GITHUB_SERVER_URL: 'https://github.com' },
          actionEnv: resultsEnvironment(results.url, { runId, attempt: 1, jobId: backendId }),
          idTokenEnv: {},
        }),
      });
      const kept = (name: string) => readFileSync(join(keep, name), 'utf8');
      return { result, gate: JSON.parse(kept('gate.json')) as Report, dashboard: kept('dashboard.html') };
    };
    first = await run(FIRST, { id: 'd1' });
    second = await run(SECOND, { id: 'd2', phase: 'rollback', to: 'previous' });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
  });

  const endings = ({ result }: Done) => result.jobs.map((job) => [job.id, job.result]);
  const allGood = ['gate', 'deploy', 'report'].map((id) => [id, 'success']);

  test('both end well', () => {
    expect(endings(first)).toEqual(allGood);
    expect(endings(second)).toEqual(allGood);
  });

  test('`journal: artifact`: the second undoes what the first deployed, from its journal alone', () => {
    expect(readFileSync(world, 'utf8').trim().split('\n')).toEqual(['+a', '+b', '-b', '-a']);
  });

  test('`history: artifact` of the gate: the second knows one run, the first none', () => {
    expect([first, second].map(({ gate }) => gate.metrics['historyRuns'])).toEqual([0, 1]);
  });

  test('`history: artifact` of the report: the second dashboard stands on both', () => {
    expect(first.dashboard).toContain('from 1 runs');
    expect(second.dashboard).toContain('from 2 runs');
    expect(second.dashboard).toContain(`/actions/runs/${FIRST}`);
  });
});
