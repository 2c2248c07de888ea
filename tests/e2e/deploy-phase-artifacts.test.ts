import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { openArtifactStore } from '@sophia/standins/artifact-store';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';

import { makeWorkspace, noted, until } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import type { BundleRequest, BundleRun } from './run-bundle.ts';

const TOKEN = 'fake-github-token-5a5a5a';
const headSha = '0123456789abcdef0123456789abcdef01234567';
const NAME = 'sophia-journal-default';

let folder: string;
let results: Awaited<ReturnType<typeof startActionsResults>>;
let github: GitHubStandin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sophia-store-'));
  results = await startActionsResults({ folder });
  github = await startGitHub({
    ...{ repository: 'acme/app', token: TOKEN, artifactsFolder: folder },
    runs: [
      ...[811, 812, 813].map((id) => ({ id, headSha })),
      { id: 900, headSha, headRepository: 'mallory/app', event: 'pull_request' },
    ],
  });
});
afterEach(async () => {
  await github.close();
  await results.close();
});

const inputs = { 'deployment-id': 'd1', 'journal-token': TOKEN };
const slow = noted('b', { run: 'echo +b >> world.log; until test -f calm; do sleep 0.1; done' });
const workspace = () =>
  makeWorkspace({
    journal: 'artifact',
    phases: [
      { name: 'p', steps: [noted('a')] },
      { name: 'q', steps: [slow] },
    ],
  });

/** Another machine: the same configuration, none of the files. */
async function elsewhere(): Promise<Workspace> {
  const work = await workspace();
  await writeFile(work.path('calm'), '');
  return work;
}

interface Start extends Partial<BundleRequest> {
  readonly runId?: number;
  readonly attempt?: number;
}

function start(work: Workspace, { runId = 812, attempt = 1, ...more }: Start = {}): Promise<BundleRun> {
  const variables = {
    GITHUB_API_URL: github.url,
    GITHUB_RUN_ID: String(runId),
    GITHUB_RUN_ATTEMPT: String(attempt),
    ...resultsEnvironment(results.url, { runId, attempt, jobId: 'job' }),
  };
  return work.deploy({ inputs: { ...inputs, 'upload-artifact': 'false' }, ...more, variables });
}

/** A deployment that was cancelled in its second step: what it left open is uploaded. */
async function cancelledAtB(runId = 812) {
  const work = await workspace();
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const run = start(work, { runId, onStart: (started) => (kill = started.kill) });
  await until(async () => (await work.world()).includes('+b'));
  kill('SIGINT');
  return { work, run: await run };
}

const stored = async () => (await (await openArtifactStore(folder)).list()).map(({ name }) => name);

describe('a journal in artifacts', () => {
  test('lets a later attempt on another machine resume what a cancel left open', async () => {
    const { run } = await cancelledAtB();
    expect(run.outputs['status']).toBe('cancelled');
    expect(await stored()).toEqual([NAME]);
    const other = await elsewhere();
    const resumed = await start(other, { attempt: 2 });
    expect(resumed).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(await other.world()).toEqual(['-b', '+b']);
  });

  test('is uploaded again by the post step, under a name of its own, and the newest counts', async () => {
    const { work, run } = await cancelledAtB();
    await start(work, { entry: 'post', state: run.state });
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a']);
    expect(await stored()).toEqual([NAME, `${NAME}-2`]);
    const again = await start(await elsewhere(), { runId: 813 });
    expect(again.stdout).toContain('the deployment d1 is finished (rolled-back)');
  });

  test('is uploaded by the post step of a main step that was killed', async () => {
    const work = await workspace();
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const main = start(work, { onStart: (started) => (kill = started.kill) });
    await until(async () => (await work.world()).includes('+b'));
    kill('SIGKILL');
    await start(work, { entry: 'post', state: (await main).state });
    expect(await stored()).toEqual([NAME, `${NAME}-2`]);
  });

  test('lets a later run roll back without the file, and go back to an earlier deployment', async () => {
    const first = await elsewhere();
    expect(await start(first, { runId: 811 })).toMatchObject({ exitCode: 0 });
    const second = await elsewhere();
    const back = await start(second, {
      inputs: { phase: 'rollback', to: 'previous', 'journal-token': TOKEN, 'upload-artifact': 'false' },
    });
    expect(back).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    expect(await second.world()).toEqual(['-b', '-a']);
  });

  test('that a newer run left open is not gone on with by an older one', async () => {
    await cancelledAtB(813);
    const older = await elsewhere();
    const run = await start(older, { runId: 812 });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('the newer run 813 left the deployment d1 open');
    expect(await older.world()).toEqual([]);
  });

  test('of two runs at once: neither upload replaces the other, and the newer run counts', async () => {
    const works = [await workspace(), await workspace()] as const;
    const runs = works.map((work, index) => start(work, { runId: 811 + index }));
    for (const work of works) await until(async () => (await work.world()).includes('+b'));
    for (const work of works) await writeFile(work.path('calm'), '');
    await Promise.all(runs);
    expect(await stored()).toEqual([NAME, NAME]);
    const other = await elsewhere();
    const run = await start(other, { runId: 813 });
    expect(run.stdout).toContain('two runs went on with d1 at once');
    expect(await other.read('logs/deployments/d1.jsonl')).toBe(
      await works[1].read('logs/deployments/d1.jsonl'),
    );
  });

  test("of a fork's run is not read", async () => {
    await cancelledAtB(900);
    const other = await elsewhere();
    expect(await start(other, { runId: 813 })).toMatchObject({ exitCode: 0 });
    expect(await other.world()).toEqual(['+a', '+b']);
  });

  test('that was changed after it was listed lets nothing run', async () => {
    await cancelledAtB();
    await writeFile(join(folder, '1.blob'), 'changed');
    const other = await elsewhere();
    const run = await start(other, { attempt: 2 });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('it changed between listing and download');
    expect(await other.world()).toEqual([]);
  });

  test.each([403, 404])('that GitHub refuses to list with %d lets nothing run', async (status) => {
    github.fail(status);
    const work = await elsewhere();
    const run = await start(work);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain(`GitHub answered ${status}`);
    expect(await work.world()).toEqual([]);
  });

  test('without a token is refused; the plan says what it survives', async () => {
    const work = await elsewhere();
    const run = await start(work, { inputs: { 'deployment-id': 'd1' } });
    expect(run.stdout).toContain('`journal: artifact` needs a token and a repository');
    const plan = await start(work, { inputs: { ...inputs, 'dry-run': 'true' } });
    expect(plan.stdout).toContain('which survives a failure and a cancel, but not the loss of the runner');
    expect(plan.stdout).toContain(
      'not compared with the last success: `journal: artifact` keeps journals on',
    );
  });
});
