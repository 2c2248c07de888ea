import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { git, prepareSource } from '@sophia/local-runner/checkout-source';
import type { CheckoutSource } from '@sophia/local-runner/checkout-source';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

import { collectArtifacts } from '../../scripts/demo/collect.ts';
import { installExample, openWorld, REPOSITORY, RUN_ID } from '../../scripts/demo/world.ts';
import type { World } from '../../scripts/demo/world.ts';
import { PARALLEL_JOBS, runAct } from './act.ts';
import { writeThirdParty } from './act-third-party.ts';
import { testWith, toolPath } from './conformance-tool.ts';
import { releaseDirectory } from './run-bundle.ts';
import { wavesOf } from './waves.ts';
import type { JobEvent } from './waves.ts';

const example = resolve(import.meta.dirname, '../../examples/sophia');
const folder = mkdtempSync(join(tmpdir(), 'sophia-act-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CALLER = '.github/workflows/sophia-master-deployment.yml';
const REUSABLE = '.github/workflows/master-deployment.yml';
/** A minute where the machine has nothing else to do. */
const MINUTES_20 = 1_200_000;

/** Ports of its own, so that a demonstration beside this test takes none of them, and time for a machine that is busy. */
const withPortsAndTime = (configuration: string) =>
  configuration
    .replace('port-offset: 100', 'port-offset: 300')
    .replace('MCP_PORT_OFFSET: 100', 'MCP_PORT_OFFSET: 300')
    .replaceAll('--port=91', '--port=93')
    .replace('start-timeout: 2m', 'start-timeout: 10m')
    .replaceAll(/(?<![\w-])timeout: (\d+s|2m)/g, 'timeout: 5m')
    .replaceAll(/^( +)priority: \d+$/gm, '$&\n$1ready-timeout: 5m');

async function exampleRepository(): Promise<CheckoutSource> {
  const { directory } = await prepareSource(example, join(folder, 'repository'));
  const path = join(directory, '.github/sophia.yml');
  writeFileSync(path, withPortsAndTime(readFileSync(path, 'utf8')));
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  await git(directory, [...author, 'commit', '--quiet', '--all', '--message', 'ports and time']);
  return { directory, sha: (await git(directory, ['rev-parse', 'HEAD'])).trim() };
}

/** The tree of a release whose reusable workflow names its actions in the way that act knows. */
function treeForAct(): { readonly tree: string; readonly text: string } {
  const tree = join(folder, 'actions');
  cpSync(releaseDirectory, tree, { recursive: true });
  const text = readFileSync(join(tree, REUSABLE), 'utf8').replaceAll(
    /uses: \$\/([\w-]+)/g,
    'uses: ai-cherry/sophia-actions/$1@v1',
  );
  writeFileSync(join(tree, REUSABLE), text);
  return { tree, text };
}

/** Items of a report by name, and events of a journal by type: what a run did, without times and identities. */
function factsOf(directory: string) {
  const json = (path: string) =>
    JSON.parse(readFileSync(join(directory, path), 'utf8')) as {
      status: string;
      items: { name: string; status: string }[];
    };
  const reports = readdirSync(directory).filter((name) => name.endsWith('_report.json'));
  const journals = readdirSync(join(directory, 'logs/deployments')).filter((name) => name.endsWith('.jsonl'));
  return {
    reports: reports.sort().map((name) => {
      const { status, items } = json(name);
      return [name, status, items.map((item) => `${item.name}: ${item.status}`).sort()];
    }),
    journals: journals.map((name) =>
      readFileSync(join(directory, 'logs/deployments', name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; phase?: string; step?: string })
        .map(({ type, phase, step }) => [type, phase, step].filter(Boolean).join(' ')),
    ),
  };
}

interface Outcome {
  readonly jobs: readonly {
    id: string;
    result: string;
    steps: readonly { name: string; result: string }[];
  }[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly waves: readonly (readonly string[])[];
  readonly facts: ReturnType<typeof factsOf>;
  readonly backend: string;
  readonly log: string;
}

/** The outputs of the job that decides; the id has the time in it. */
function decided(
  jobs: readonly { readonly id: string; readonly outputs: Readonly<Record<string, string>> }[],
): Readonly<Record<string, string>> {
  const outputs = jobs.find(({ id }) => id === 'environment-setup')?.outputs ?? {};
  const told = DECIDED.map((name) => [name, outputs[name] ?? 'none'] as const);
  return {
    ...Object.fromEntries(told),
    'deployment-id': (outputs['deployment-id'] ?? '').replace(/\d+$/, 'TIME'),
  };
}

const DECIDED = ['environment', 'should-deploy', 'has-secrets', 'plan-hash', 'pipeline'];

const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);

async function inWorld<T>(
  source: CheckoutSource,
  fail: string,
  use: (world: World, outDirectory: string) => Promise<T>,
): Promise<T & Pick<Outcome, 'facts' | 'backend'>> {
  const outDirectory = mkdtempSync(join(folder, 'out-'));
  const options = { event: 'push', inputs: {}, fail, keep: false } as const;
  const world = await openWorld({ options, example, source, outDirectory });
  try {
    const result = await use(world, outDirectory);
    const collected = join(outDirectory, 'collected');
    await collectArtifacts(world.services.artifactsFolder, collected);
    const answer = await world.host.health();
    const backend = answer.replace(/sophia-production-(?!1700000000)\d+/, 'sophia-production-NEW');
    return { ...result, facts: factsOf(collected), backend };
  } finally {
    await world.close();
  }
}

function inLocalRunner(source: CheckoutSource, fail: string): Promise<Outcome> {
  return inWorld(source, fail, async (world, outDirectory) => {
    const events: JobEvent[] = [];
    const bare = (job: string) => job.split('.').at(-1) ?? job;
    const result = await runWorkflow({
      workflowFile: join(source.directory, CALLER),
      event: 'push',
      payload: world.payload,
      context: world.context,
      repositoryDirectory: source.directory,
      actionsDirectory: releaseDirectory,
      outDirectory: join(outDirectory, 'run'),
      environment: { ...world.variables, SOPHIA_DEMO_FAIL: fail },
      openJob: world.services.openJob,
      maxParallel: PARALLEL_JOBS,
      onEvent: (event) => {
        if (event.type === 'job-started') events.push({ type: 'start', job: bare(event.job) });
        if (event.type === 'job-finished') events.push({ type: 'end', job: bare(event.job) });
      },
    });
    const jobs = result.jobs.map((job) => ({
      id: job.id,
      result: job.result,
      steps: job.steps
        .filter(({ name, outcome }) => outcome !== 'skipped' && !name.startsWith('Post '))
        .map(({ name, outcome }) => ({ name, result: outcome })),
    }));
    const ran = new Set(jobs.filter((job) => job.result !== 'skipped').map((job) => job.id));
    return {
      jobs: jobs.filter(({ id }) => ran.has(id)).sort(byId),
      outputs: decided(result.jobs),
      waves: wavesOf(events.filter(({ job }) => ran.has(job))),
      log: '',
    };
  });
}

function inAct(source: CheckoutSource, fail: string): Promise<Outcome> {
  return inWorld(source, fail, async (world) => {
    const { tree, text } = treeForAct();
    const job = { id: 'job', backendId: 'job', permissions: {}, environment: undefined };
    const { token, stepEnv, actionEnv, idTokenEnv } = await world.services.openJob(job);
    const run = await runAct({
      repository: source.directory,
      workflow: CALLER,
      actions: [`ai-cherry/sophia-actions@v1=${tree}`, ...writeThirdParty(text, join(folder, 'third-party'))],
      payload: world.payload,
      variables: {
        ...stepEnv,
        ...{ GITHUB_REPOSITORY: REPOSITORY, GITHUB_REF: 'refs/heads/main', GITHUB_RUN_ID: String(RUN_ID) },
      },
      environment: {
        ...world.variables,
        ...actionEnv,
        ...idTokenEnv,
        GITHUB_TOKEN: token,
        SOPHIA_DEMO_FAIL: fail,
      },
    });
    const jobs = run.jobs
      .filter(({ result }) => result !== 'skipped')
      .map(({ id, result, steps }) => ({
        id,
        result,
        steps: steps.filter((step) => step.result !== 'skipped'),
      }));
    return {
      jobs: jobs.sort(byId),
      outputs: decided(run.jobs),
      waves: wavesOf(run.events),
      log: run.log,
    };
  });
}

/** The README's table of what act does otherwise: printed, so that nobody takes silence for sameness. */
function printDifferences(): void {
  const readme = readFileSync(resolve(import.meta.dirname, '../../packages/local-runner/README.md'), 'utf8');
  const section = readme.split('## Compared with act\n')[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| (.+?) *\| (.+?) *\| (.+?) *\|$/gm)].slice(2);
  expect(rows.length).toBeGreaterThan(5);
  for (const [, what, act, comparison] of rows)
    process.stderr.write(`act: ${what}: ${act}; here: ${comparison}\n`);
}

let source: CheckoutSource;
beforeAll(async () => {
  if (toolPath('act') === '') return;
  printDifferences();
  installExample(example);
  source = await exampleRepository();
}, MINUTES_20);

describe('the master workflow, called by the example, comes in act to what it comes to in the local runner', () => {
  testWith('act').each([
    ['a push that deploys', '', 9, 'success'],
    ['a deployment that fails and is rolled back', 'backend', 8, 'failure'],
  ])(
    '%s',
    async (_, fail, ran, deployment) => {
      const local = await inLocalRunner(source, fail);
      const act = await inAct(source, fail);
      expect([act.jobs, act.log]).toEqual([local.jobs, expect.any(String)]);
      expect(act.waves).toEqual(local.waves);
      expect(act.outputs).toEqual(local.outputs);
      expect(act.facts).toEqual(local.facts);
      expect(act.backend).toEqual(local.backend);
      expect(local.jobs).toHaveLength(ran);
      expect(local.jobs.find(({ id }) => id === 'production-deployment')?.result).toBe(deployment);
    },
    MINUTES_20,
  );
});
