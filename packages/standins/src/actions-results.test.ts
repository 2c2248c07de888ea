import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { oidcEnvironment, startActionsOidc } from './actions-oidc.ts';
import { resultsEnvironment, startActionsResults } from './actions-results.ts';
import type { Standin } from './server.ts';
import { jwtClaims } from './unsigned-jwt.ts';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

let folder: string;
let standin: Standin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'standin results '));
  standin = await startActionsResults({ folder: join(folder, 'store') });
});
afterEach(async () => {
  await standin.close();
  await rm(folder, { recursive: true });
});

/** Runs a script with the real client, in a process with just what the runner sets. */
async function job(
  script: string,
  jobId = 'job-1',
  environment: Record<string, string> = {},
): Promise<unknown> {
  const source = `
    import { DefaultArtifactClient } from '@actions/artifact';
    import { getIDToken } from '@actions/core';
    const client = new DefaultArtifactClient();
    const result = await (async () => { ${script} })().catch((error) => ({ error: error.message }));
    process.stderr.write(JSON.stringify(result));
    process.exit(0);`;
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GITHUB_WORKSPACE: folder,
    GITHUB_SERVER_URL: 'https://github.com',
    ...resultsEnvironment(standin.url, { runId: 7, attempt: 1, jobId }),
    ...environment,
  };
  const { stderr } = await run(process.execPath, ['--input-type=module', '--no-warnings', '-e', source], {
    cwd: here,
    env,
  });
  return JSON.parse(stderr);
}

describe('the real artifact client', () => {
  test('uploads in one job, lists and downloads in another, deletes', async () => {
    const content = 'x'.repeat(20_000);
    await writeFile(join(folder, 'report.json'), content);
    const files = `[${JSON.stringify(join(folder, 'report.json'))}], ${JSON.stringify(folder)}`;
    const uploaded = await job(`return client.uploadArtifact('report', ${files});`);
    expect(uploaded).toMatchObject({
      id: 1,
      size: expect.any(Number),
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });

    const target = join(folder, 'down');
    const read = await job(
      `const { artifacts } = await client.listArtifacts();
       const { artifact } = await client.getArtifact('report');
       const down = await client.downloadArtifact(artifact.id, { path: ${JSON.stringify(target)}, expectedHash: artifact.digest });
       return { artifacts, down };`,
      'job-2',
    );
    expect(read).toMatchObject({
      artifacts: [{ name: 'report', id: 1, digest: expect.stringMatching(/^sha256:/) }],
      down: { downloadPath: target, digestMismatch: false },
    });
    expect(await readFile(join(target, 'report.json'), 'utf8')).toBe(content);

    expect(await job(`await client.deleteArtifact('report'); return client.listArtifacts();`)).toEqual({
      artifacts: [],
    });
    expect(
      standin.requests.map(({ method, path }) => `${method} ${path.split('?')[0]?.split('/').at(-1)}`),
    ).toContain('POST CreateArtifact');
  }, 60_000);

  test('a second artifact of the same name is a conflict', async () => {
    await writeFile(join(folder, 'a.txt'), 'a');
    const files = `[${JSON.stringify(join(folder, 'a.txt'))}], ${JSON.stringify(folder)}`;
    const result = await job(
      `await client.uploadArtifact('same', ${files}); return client.uploadArtifact('same', ${files});`,
    );
    expect(result).toEqual({
      error:
        'Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run',
    });
  }, 60_000);
});

describe('over plain HTTP', () => {
  const SERVICE = 'twirp/github.actions.results.api.v1.ArtifactService';
  const call = async (method: string, body: object, token = environment().ACTIONS_RUNTIME_TOKEN) => {
    const response = await fetch(`${standin.url}/${SERVICE}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ workflow_run_backend_id: '7.1', workflow_job_run_backend_id: 'j', ...body }),
    });
    return [response.status, await response.json()];
  };
  const environment = (attempt = 1) => resultsEnvironment(standin.url, { runId: 7, attempt, jobId: 'j' });

  test('refuses no token, and the token of another attempt', async () => {
    expect(await call('ListArtifacts', {}, 'none')).toMatchObject([401, { code: 'unauthenticated' }]);
    expect(await call('ListArtifacts', {}, environment(2).ACTIONS_RUNTIME_TOKEN)).toMatchObject([
      403,
      { code: 'permission_denied' },
    ]);
  });

  test('an unfinished upload is not listed, a wrong hash is not accepted, a wrong signature sees nothing', async () => {
    const [, created] = await call('CreateArtifact', { name: 'a', version: 7 });
    const url = String((created as Record<string, unknown>)['signed_upload_url']);
    expect((await fetch(url, { method: 'PUT', body: 'data' })).status).toBe(201);
    expect(await call('ListArtifacts', {})).toEqual([200, { artifacts: [] }]);
    expect((await fetch(url.replace(/sig=.*/, 'sig=no'))).status).toBe(403);
    expect(await call('FinalizeArtifact', { name: 'a', size: '4', hash: 'sha256:00' })).toMatchObject([
      400,
      { code: 'invalid_argument' },
    ]);
    expect(await call('GetSignedArtifactURL', { name: 'a' })).toMatchObject([404, { code: 'not_found' }]);
  });
});

describe('OIDC', () => {
  test('core.getIDToken gets a token for its audience, with five minutes to live', async () => {
    const oidc = await startActionsOidc({
      token: 'request-fake',
      claims: { environment: 'production', run_id: '7' },
    });
    const token = await job(
      `return getIDToken('urn:pulumi:org:acme');`,
      'job',
      oidcEnvironment(oidc.url, 'request-fake'),
    );
    const claims = jwtClaims(String(token));
    expect(claims).toMatchObject({
      aud: 'urn:pulumi:org:acme',
      sub: 'repo:ai-cherry/sophia:environment:production',
      run_id: '7',
    });
    expect(Number(claims?.['exp']) - Number(claims?.['iat'])).toBe(300);
    expect((await fetch(oidcEnvironment(oidc.url, '').ACTIONS_ID_TOKEN_REQUEST_URL ?? '')).status).toBe(401);
    await oidc.close();
  }, 60_000);
});
