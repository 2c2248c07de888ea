import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';

import { makeWorkspace, noted } from './deploy-phase-workspace.ts';

const TOKEN = 'fake-github-token-5a5a5a';
const SHA = '0123456789abcdef0123456789abcdef01234567';

let github: GitHubStandin;
beforeEach(async () => {
  github = await startGitHub({ repository: 'acme/app', token: TOKEN, runs: [{ id: 812, headSha: SHA }] });
});
afterEach(() => github.close());

const api = () => ({ GITHUB_API_URL: github.url });

async function get(path: string): Promise<readonly Record<string, unknown>[]> {
  const answer = await fetch(`${github.url}/repos/acme/app${path}`, {
    headers: { authorization: `token ${TOKEN}` },
  });
  return (await answer.json()) as readonly Record<string, unknown>[];
}

describe("GitHub's record of a deployment", () => {
  test('follows it to its end, with the head of the journal and a link to the run', async () => {
    const work = await makeWorkspace(
      { phases: [{ name: 'p', steps: [noted('a')] }] },
      { environments: { staging: {} } },
    );
    const inputs = { 'deployment-id': 'd1', 'github-token': TOKEN };
    const run = await work.deploy({ inputs, variables: api() });
    expect(run.exitCode).toBe(0);
    const [deployment] = await get('/deployments');
    expect(deployment).toMatchObject({ environment: 'staging', sha: SHA, description: 'd1' });
    const statuses = await get(`/deployments/${String(deployment?.['id'])}/statuses`);
    expect(statuses.map(({ state }) => state)).toEqual(['success', 'in_progress']);
    const { head } = (await work.report('d1')).details['journal'] as { head: string };
    expect(statuses[0]).toMatchObject({
      description: `success; journal head ${head}`,
      log_url: 'https://github.com/acme/app/actions/runs/812/attempts/1',
    });
    expect(run.stdout.replaceAll(`::add-mask::${TOKEN}`, '')).not.toContain(TOKEN);
  });

  test('is one record, also when a later run rolls the deployment back', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', 'on-failure': 'stop', steps: [noted('a'), { name: 'b', run: 'false' }] }],
    });
    const inputs = { 'deployment-id': 'd1', 'github-token': TOKEN };
    await work.deploy({ inputs, variables: api() });
    await work.deploy({ inputs: { ...inputs, phase: 'rollback' }, variables: api() });
    const deployments = await get('/deployments');
    expect(deployments).toHaveLength(1);
    const statuses = await get(`/deployments/${String(deployments[0]?.['id'])}/statuses`);
    expect(statuses[0]?.['description']).toMatch(/^rolled-back; journal head/);
  });

  test('is a warning where GitHub refuses it; the deployment goes on', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const inputs = { 'deployment-id': 'd1', 'github-token': 'wrong-token-1234' };
    const run = await work.deploy({ inputs, variables: api() });
    expect(run).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(run.stdout).toContain('::warning::the deployment is not recorded on GitHub: GitHub answered 401');
  });
});
