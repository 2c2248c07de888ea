// The workflows of the example beside its deployment, in the local runner, with the bundles of the release tree.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { baseEnvironment } from '@sophia/local-runner/base-environment';
import { runWorkflow } from '@sophia/local-runner/run-workflow';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { openArtifactStore } from '@sophia/standins/artifact-store';
import { startGitHub } from '@sophia/standins/github';
import { zipSync } from 'fflate';

import { escValues } from '../../scripts/demo/esc-environments.ts';
import { startServices } from '../../scripts/demo/services.ts';
import { gateReport } from './pr-report-workspace.ts';
import { releaseDirectory } from './run-bundle.ts';

const example = resolve(import.meta.dirname, '../../examples/sophia');
const REPOSITORY = 'acme/app';
const TOKEN = 'ghs_fakeTokenOfATest';
const HEAD = 'c'.repeat(40);
const [FORK_RUN, OWN_RUN] = [640, 812];

interface ForkOptions {
  readonly headRepository: string;
  readonly conclusion: 'success' | 'failure';
}

/** GitHub after a run of a pull request has ended, and what `workflow_run` then starts. */
async function afterRun({ headRepository, conclusion }: ForkOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-store-'));
  const results = await startActionsResults({ folder });
  const pull = { number: 7, headRef: 'topic', headSha: HEAD, headRepository, login: 'mallory' };
  const run = {
    id: FORK_RUN,
    headSha: HEAD,
    headBranch: 'topic',
    headRepository,
    event: 'pull_request',
    name: 'CI',
  };
  const github = await startGitHub({
    ...{ token: TOKEN, repository: REPOSITORY, artifactsFolder: folder, pulls: [pull] },
    runs: [
      { ...run, conclusion },
      { id: OWN_RUN, headSha: 'a'.repeat(40), event: 'workflow_run' },
    ],
  });
  const store = await openArtifactStore(folder);
  const failed = {
    name: 'openai',
    status: 'failure',
    category: 'unauthorized',
    message: '<script> @everyone',
  } as const;
  const text = gateReport([conclusion === 'success' ? { name: 'openai' } : failed]).text.replace(
    '"runId":812',
    `"runId":${FORK_RUN}`,
  );
  const artifact = {
    runBackendId: `${FORK_RUN}.1`,
    jobBackendId: 'job',
    name: 'sophia-health-gate-x',
    mimeType: 'application/zip',
  };
  const { id } = (await store.create(artifact)) ?? { id: 0 };
  await store.write(id, zipSync({ 'health_gate_report.json': new TextEncoder().encode(text) }));
  await store.finalize(artifact.runBackendId, artifact.name);

  const outDirectory = mkdtempSync(join(tmpdir(), 'sophia-fork-'));
  const result = await runWorkflow({
    workflowFile: join(example, '.github/workflows/sophia-fork-report.yml'),
    event: 'workflow_run',
    payload: {
      action: 'completed',
      repository: { full_name: REPOSITORY, default_branch: 'main' },
      workflow_run: { id: FORK_RUN, event: 'pull_request', head_repository: { full_name: headRepository } },
    },
    context: {
      ...{ repository: REPOSITORY, ref: 'refs/heads/main', actor: 'octocat', sha: 'a'.repeat(40) },
      ...{ runId: OWN_RUN, runNumber: 1, attempt: 1 },
    },
    repositoryDirectory: example,
    actionsDirectory: releaseDirectory,
    outDirectory,
    openJob: (job) => ({
      token: TOKEN,
      stepEnv: {
        GITHUB_API_URL: github.url,
        GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
        GITHUB_SERVER_URL: 'https://github.com',
      },
      actionEnv: resultsEnvironment(results.url, { runId: OWN_RUN, attempt: 1, jobId: job.backendId }),
      idTokenEnv: {},
    }),
  });
  const comments = github.comments();
  await Promise.all([github.close(), results.close()]);
  return { result, comments, outDirectory };
}

describe('the report for forks', () => {
  test.each(['success', 'failure'] as const)(
    'comments on the pull request of a fork whose run was a %s',
    async (conclusion) => {
      const { result, comments } = await afterRun({ headRepository: 'mallory/app', conclusion });
      expect(result.jobs.map((job) => job.result)).toEqual(['success']);
      expect(comments).toHaveLength(1);
      const body = comments[0]?.body ?? '';
      expect(body).toContain(conclusion === 'success' ? '✅' : '❌');
      // What the fork wrote stands there as text: in code, or escaped.
      expect(body.replace(/`[^`]*`/g, '')).not.toMatch(/<script>|(^|\s)@everyone/m);
    },
  );

  test('leaves pull requests of the repository itself to their own run', async () => {
    const { result, comments } = await afterRun({ headRepository: REPOSITORY, conclusion: 'failure' });
    expect([result.jobs.map((job) => job.result), comments]).toEqual([['skipped'], []]);
  });

  test('checks nothing out and runs nothing but the action', () => {
    const text = readFileSync(join(example, '.github/workflows/sophia-fork-report.yml'), 'utf8');
    expect([...text.matchAll(/uses: (\S+)/g)].map((match) => match[1])).toEqual([
      'ai-cherry/sophia-actions/pr-report@v1',
    ]);
    expect(text).not.toMatch(/^\s*(-\s+)?run:/m);
  });
});

describe('the scheduled workflow', () => {
  test('gates, compares the secrets, and keeps a dashboard, also where nothing is known of the repository', async () => {
    const outDirectory = mkdtempSync(join(tmpdir(), 'sophia-scheduled-'));
    const sha = 'a'.repeat(40);
    const run = { repository: REPOSITORY, sha, runId: OWN_RUN, event: 'schedule', environment: 'production' };
    const esc = join(example, 'esc');
    const services = await startServices({ ...run, pullRequest: undefined }, esc, outDirectory);
    const { openai_api_key: openai } = escValues(esc, 'production');
    try {
      const result = await runWorkflow({
        workflowFile: join(example, '.github/workflows/sophia-scheduled.yml'),
        event: 'schedule',
        payload: { schedule: '17 5 * * 1-5' },
        secrets: { OPENAI_API_KEY: String(openai), ANTHROPIC_API_KEY: 'sk-ant-fake-of-github' },
        context: {
          ...{ repository: REPOSITORY, ref: 'refs/heads/main', actor: 'octocat', sha },
          ...{ runId: OWN_RUN, runNumber: 1, attempt: 1 },
        },
        repositoryDirectory: example,
        actionsDirectory: releaseDirectory,
        outDirectory,
        environment: { ...baseEnvironment(process.env), ...services.environment },
        openJob: services.openJob,
      });
      expect(result.jobs.map(({ id, result: ended }) => `${id}: ${ended}`)).toEqual([
        ...['health-gate: success', 'drift: success', 'dashboard: success'],
      ]);
      const read = (path: string) => readFileSync(join(outDirectory, path), 'utf8');
      const drift = read('summaries/drift.md');
      expect(drift).toContain('`anthropic_api_key` | warning | GitHub and ESC hold different values');
      expect(drift).toContain('`openai_api_key` | success | the same in GitHub and ESC');
      expect(drift + read('logs/drift.txt') + JSON.stringify(result)).not.toContain('sk-ant-fake-of-github');
      expect(read('summaries/dashboard.md')).toContain('GitHub and ESC hold different values');
      expect(read('logs/dashboard.txt')).toContain('dashboard-1');
    } finally {
      await services.close();
    }
  }, 120_000);
});

test('the caller’s name is the one that the report for forks waits for', () => {
  const read = (name: string) => readFileSync(join(example, '.github/workflows', name), 'utf8');
  const caller = /^name: (.+)$/m.exec(read('sophia-master-deployment.yml'))?.[1] ?? '';
  expect(read('sophia-fork-report.yml')).toContain(`workflows: [${caller}]`);
});
