import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';

import { openGitHub } from '../github/github.ts';
import { startSession } from '../host/session.ts';
import { terminalHost } from '../host/terminal.ts';
import { gitRefStore } from './git-ref-store.ts';
import type { LockRequest } from './journal-store.ts';
import { localStore } from './open-store.ts';

const TOKEN = 'fake-token-1a2b3c';
const REQUEST: LockRequest = { environment: 'production', deploymentId: 'd1', leaseMs: 60_000 };

let github: GitHubStandin;
beforeEach(async () => {
  const runs = [
    { id: 1, headSha: '1'.repeat(40), status: 'in_progress' as const, conclusion: null },
    { id: 2, headSha: '2'.repeat(40), status: 'in_progress' as const, conclusion: null },
    { id: 3, headSha: '3'.repeat(40), status: 'completed' as const, conclusion: 'failure' },
  ];
  github = await startGitHub({ repository: 'acme/app', token: TOKEN, runs });
});
afterEach(() => github.close());

async function storeOf(runId: number, patienceMs = 0, instance = 'a') {
  const silent = { debug() {}, info() {}, warning() {}, error() {} };
  const variables = {
    GITHUB_REPOSITORY: 'acme/app',
    GITHUB_RUN_ID: String(runId),
    GITHUB_JOB: 'deploy',
    RUNNER_TRACKING_ID: instance,
  };
  const host = terminalHost({ variables, log: silent });
  const directory = await mkdtemp(join(tmpdir(), 'sophia-ref-'));
  const common = {
    config: '',
    configInline: '',
    environment: '',
    deploymentId: '',
    uploadArtifact: 'false' as const,
    retentionDays: 1,
    workingDirectory: directory,
  };
  const session = startSession('deploy-phase', host, common);
  const client = await openGitHub({ ...host, token: TOKEN, repository: 'acme/app', apiUrl: github.url });
  const options = { github: client, environment: 'production', session, local: localStore(session) };
  return gitRefStore({ ...options, patienceMs, pollMs: 20 });
}

describe('the lock of a git ref', () => {
  test('has one holder of many that ask at once', async () => {
    const stores = await Promise.all([1, 2, 1, 2].map((runId) => storeOf(runId)));
    const tries = await Promise.allSettled(stores.slice(0, 2).map((store) => store.lock(REQUEST)));
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('is waited for within bounds, and then refused with its holder', async () => {
    const first = await (await storeOf(1)).lock(REQUEST);
    const refused = (await storeOf(2)).lock({ ...REQUEST, deploymentId: 'd2' });
    await expect(refused).rejects.toMatchObject({
      code: 'state',
      message: expect.stringContaining('d1 is running'),
    });
    const waiting = (await storeOf(2, 5_000)).lock({ ...REQUEST, deploymentId: 'd2' });
    await first.release();
    expect((await waiting).takenFrom).toBeUndefined();
  });

  test('belongs to one job of a matrix, and to its later steps', async () => {
    await (await storeOf(1)).lock(REQUEST);
    await expect((await storeOf(1, 0, 'b')).lock(REQUEST)).rejects.toMatchObject({ code: 'state' });
    expect((await (await storeOf(1)).lock(REQUEST)).takenFrom).toMatchObject({ deploymentId: 'd1' });
  });

  test('is taken over when it has expired, and when GitHub says that its run is over', async () => {
    await (await storeOf(1)).lock({ ...REQUEST, leaseMs: -1 });
    const second = await (await storeOf(3)).lock({ ...REQUEST, deploymentId: 'd2' });
    expect(second.takenFrom).toMatchObject({
      deploymentId: 'd1',
      reason: expect.stringContaining('expired'),
    });
    const third = await (await storeOf(2)).lock({ ...REQUEST, deploymentId: 'd3' });
    expect(third.takenFrom).toEqual({ deploymentId: 'd2', reason: 'its run 3 is over' });
  });
});
