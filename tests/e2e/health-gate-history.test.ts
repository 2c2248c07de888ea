import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openArtifactStore } from '@sophia/standins/artifact-store';
import type { ArtifactStore } from '@sophia/standins/artifact-store';
import { startEcho } from '@sophia/standins/echo';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';
import { zipSync } from 'fflate';

import { runBundle } from './run-bundle.ts';

const TOKEN = 'fake-github-token-5a5a5a';
const WORKFLOW = '.github/workflows/deploy.yml';
const NAME = 'sophia-health-gate-production-gate-1';
const headSha = 'c'.repeat(40);

let echo: Awaited<ReturnType<typeof startEcho>>;
beforeAll(async () => {
  echo = await startEcho();
});
afterAll(() => echo.close());

let folder: string;
let store: ArtifactStore;
let github: GitHubStandin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sophia-store-'));
  store = await openArtifactStore(folder);
  github = await startGitHub({
    ...{ repository: 'acme/app', token: TOKEN, artifactsFolder: folder },
    runs: [
      ...Array.from({ length: 8 }, (_, index) => ({ id: 700 + index, headSha })),
      { id: 790, headSha, headRepository: 'mallory/app', event: 'pull_request', path: WORKFLOW },
      { id: 791, headSha, event: 'pull_request', path: '.github/workflows/evil.yml' },
    ],
  });
});
afterEach(() => github.close());

function zipOf(latencyMs: number): Uint8Array {
  const item = {
    ...{ name: 'web', kind: 'http', status: 'success', severity: 'critical', durationMs: latencyMs },
    ...{ attempts: 1, category: null, message: '', hint: '', foldedUnder: null, details: { latencyMs } },
  };
  const report = {
    ...{ schema: 'sophia-report/1', kind: 'health-gate', status: 'success', environment: 'production' },
    ...{
      deploymentId: 'd',
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 1,
      items: [item],
      metrics: {},
    },
    run: { repository: 'acme/app', sha: headSha, runId: 700, attempt: 1, job: 'gate', actor: 'octocat' },
  };
  return zipSync({ 'health_gate_report.json': new TextEncoder().encode(JSON.stringify(report)) });
}

async function upload(runId: number, zip: Uint8Array, name = NAME, expiresAt?: string): Promise<number> {
  const run = {
    runBackendId: `${runId}.1`,
    jobBackendId: 'job',
    name,
    mimeType: 'application/zip',
    expiresAt,
  };
  const { id } = (await store.create(run)) ?? { id: 0 };
  await store.write(id, zip);
  await store.finalize(run.runBackendId, name);
  return id;
}

async function uploadEight(): Promise<void> {
  for (let index = 0; index < 8; index += 1) await upload(700 + index, zipOf(5_000));
}

async function gate(inputs: Readonly<Record<string, string>> = { 'github-token': TOKEN }) {
  const check = `{ kind: http, url: "${echo.url}/health", max-latency: "+20% of baseline" }`;
  const yaml = `version: 1\ngate: { canaries: [] }\nenvironments: { production: {} }\nchecks:\n  web: ${check}\n`;
  const run = await runBundle({
    action: 'health-gate',
    inputs: { 'config-inline': yaml, history: 'artifact', ...inputs },
    variables: { GITHUB_API_URL: github.url, GITHUB_WORKFLOW_REF: `acme/app/${WORKFLOW}@refs/heads/main` },
  });
  const text = await readFile(join(run.directory, 'health_gate_report.json'), 'utf8');
  const report = JSON.parse(text) as {
    readonly metrics: Readonly<Record<string, number>>;
    readonly details: { readonly historyTrouble?: readonly string[] };
  };
  return { ...run, report, trouble: (report.details.historyTrouble ?? []).join('\n') };
}

describe("the gate's history from artifacts", () => {
  test('is the reports of earlier runs; the token is not shown', async () => {
    await uploadEight();
    const run = await gate();
    expect([run.outputs['status'], run.trouble]).toEqual(['success', '']);
    expect(run.report.metrics).toMatchObject({ historyRuns: 8, rollingPassRate: 1 });
    expect(run.stdout.replaceAll(`::add-mask::${TOKEN}`, '')).not.toContain(TOKEN);
  });

  test("believes neither forks, nor other workflows' pull requests, nor runs that nobody knows", async () => {
    await upload(790, zipOf(1));
    await upload(791, zipOf(1));
    await upload(792, zipOf(1));
    const run = await gate();
    expect(run.report.metrics['historyRuns']).toBe(0);
    expect(run.trouble).toContain('run 792 could not be read: GitHub answered 404');
  });

  test('passes over what is expired, changed, no zip or of another environment', async () => {
    await upload(700, zipOf(1), NAME, '2026-01-01T00:00:00.000Z');
    await writeFile(join(folder, `${await upload(701, zipOf(1))}.blob`), zipOf(2));
    await upload(702, new TextEncoder().encode('not a zip'));
    await upload(703, zipOf(1), 'sophia-health-gate-staging-gate-1');
    await upload(704, zipOf(1));
    const run = await gate();
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'success']);
    expect(run.report.metrics['historyRuns']).toBe(1);
    expect(run.trouble).toContain('it changed between listing and download');
    expect(run.trouble).toContain('could not be read');
    expect(run.stdout).toContain('::warning title=history::');
  });

  test.each([
    [403, 'GitHub answered 403'],
    [404, 'GitHub answered 404'],
  ])('that GitHub refuses with %d is a warning and no verdict', async (status, words) => {
    await uploadEight();
    github.fail(status);
    const run = await gate();
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'success']);
    expect(run.trouble).toContain(words);
  });

  test('without a token is a warning', async () => {
    const run = await gate({});
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'success']);
    expect(run.trouble).toContain('no token');
  });

  test('waits where GitHub asks for it', async () => {
    await uploadEight();
    github.fail(429, { times: 1, retryAfterSeconds: 1 });
    expect((await gate()).report.metrics['historyRuns']).toBe(8);
  });

  test('looks at the newest 1,000 artifacts of 5,000, and not at all of them', async () => {
    await uploadEight();
    for (let id = 9; id <= 5_000; id += 1) {
      const stored = {
        ...{
          id,
          runBackendId: '700.1',
          jobBackendId: 'job',
          name: `other-${id}`,
          mimeType: 'application/zip',
        },
        ...{ createdAt: '2026-01-01T00:00:00.000Z', expiresAt: '2099-01-01T00:00:00.000Z', size: 1 },
        ...{ digest: `sha256:${'0'.repeat(64)}`, finalized: true, signature: 's' },
      };
      await writeFile(join(folder, `${id}.json`), JSON.stringify(stored));
    }
    const run = await gate();
    expect(run.report.metrics['historyRuns']).toBe(0);
    expect(github.requests.filter(({ path }) => path.includes('/actions/artifacts?'))).toHaveLength(10);
  });
});
