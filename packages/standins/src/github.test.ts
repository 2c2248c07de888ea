import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getOctokit } from '@actions/github';
import { describe, expect, test } from '@jest/globals';
import { openArtifactStore } from './artifact-store.ts';
import { AT, github, HEAD_SHA, refusal, start, TOKEN } from './github-client.fixture.ts';

describe('runs and artifacts', () => {
  test('lists runs by branch and state, and the artifacts that a run left in the shared folder', async () => {
    const artifactsFolder = await mkdtemp(join(tmpdir(), 'standin-github-'));
    const store = await openArtifactStore(artifactsFolder);
    const stored = await store.create({
      runBackendId: '7.1',
      jobBackendId: 'j',
      name: 'gate',
      mimeType: 'application/zip',
    });
    await store.write(stored?.id ?? 0, Buffer.from('zip'));
    await store.finalize('7.1', 'gate');
    const runs = [
      { id: 7, headSha: HEAD_SHA },
      { id: 8, headSha: HEAD_SHA, conclusion: 'failure' },
    ];
    const { rest } = await start({ artifactsFolder, runs });
    const listed = await rest.actions.listWorkflowRunsForRepo({ ...AT, branch: 'main', status: 'success' });
    expect(listed.data.workflow_runs.map(({ id }) => id)).toEqual([7]);
    expect((await rest.actions.getWorkflowRun({ ...AT, run_id: 8 })).data.conclusion).toBe('failure');
    const { data } = await rest.actions.listWorkflowRunArtifacts({ ...AT, run_id: 7 });
    expect(data).toMatchObject({
      total_count: 1,
      artifacts: [{ name: 'gate', size_in_bytes: 3, workflow_run: { id: 7 } }],
    });
    expect((await rest.actions.listWorkflowRunArtifacts({ ...AT, run_id: 8 })).data.total_count).toBe(0);
    const artifact_id = data.artifacts[0]?.id ?? 0;
    const zip = await rest.actions.downloadArtifact({ ...AT, artifact_id, archive_format: 'zip' });
    expect(Buffer.from(zip.data as ArrayBuffer).toString()).toBe('zip');
    expect((await rest.actions.listArtifactsForRepo({ ...AT, name: 'other' })).data.total_count).toBe(0);
    expect((await rest.actions.getArtifact({ ...AT, artifact_id })).data.digest).toMatch(/^sha256:/);
    await rest.actions.deleteArtifact({ ...AT, artifact_id });
    expect(await refusal(rest.actions.getArtifact({ ...AT, artifact_id }))).toBe('404 Not Found');
    await rm(artifactsFolder, { recursive: true });
  });
});

describe('tokens and limits', () => {
  test('a wrong token is 401, another repository 404', async () => {
    const wrong = await start({}, 'ghs_wrong');
    expect(await refusal(wrong.rest.repos.get(AT))).toBe('401 Bad credentials');
    const right = getOctokit(TOKEN, { baseUrl: github.url });
    expect(await refusal(right.rest.repos.get({ owner: 'acme', repo: 'other' }))).toBe('404 Not Found');
  });

  test('a fork’s token reads and does not write', async () => {
    const octokit = await start({ readOnly: true });
    expect((await octokit.rest.issues.listComments({ ...AT, issue_number: 5 })).status).toBe(200);
    const write = octokit.rest.issues.createComment({ ...AT, issue_number: 5, body: 'x' });
    expect(await refusal(write)).toBe('403 Resource not accessible by integration');
  });

  test('rate limits: headers that count down, the secondary and the primary limit', async () => {
    const { rest } = await start();
    await rest.repos.get(AT);
    expect((await rest.repos.get(AT)).headers['x-ratelimit-remaining']).toBe('4998');
    github.fail('secondary_rate_limit', { times: 1, retryAfterSeconds: 60 });
    const secondary = await rest.repos.get(AT).catch((error: unknown) => error);
    expect(secondary).toMatchObject({ status: 403, response: { headers: { 'retry-after': '60' } } });
    github.fail('primary_rate_limit', { times: 1 });
    const primary = await rest.repos.get(AT).catch((error: unknown) => error);
    expect(primary).toMatchObject({ status: 403, response: { headers: { 'x-ratelimit-remaining': '0' } } });
  });

  test('a request that does not fit GitHub’s description is 422 with the reason', async () => {
    await start();
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${github.url}/repos/acme/app${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return [response.status, ((await response.json()) as { message: string }).message];
    };
    expect(await post('/issues/5/comments', { body: 5 })).toEqual([
      422,
      'Invalid request.\n\n/body must be string ({"type":"string"})',
    ]);
    expect(await post('/issues/5/comments', {})).toMatchObject([
      422,
      expect.stringContaining("must have required property 'body'"),
    ]);
    const listed = await fetch(`${github.url}/repos/acme/app/issues?perpage=1`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(listed.status).toBe(422);
  });

  test('a filter that the stand-in does not know is its fault, seen at the latest when it closes', async () => {
    const { rest } = await start();
    const since = '2026-01-01T00:00:00Z';
    expect(await refusal(rest.issues.listForRepo({ ...AT, since }))).toContain('not filter by since');
    await expect(github.close()).rejects.toThrow('the stand-in itself failed');
    await start();
  });
});
