// The demonstration behind `npm start`: the caller's workflow of examples/sophia, run by the local runner with the
// bundles of release/, real MCP servers, a real deployment, and loopback stand-ins for everything outside.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { formatDuration } from '@sophia/core/duration';
import { SophiaError } from '@sophia/core/errors';
import { baseEnvironment } from '@sophia/local-runner/base-environment';
import { prepareSource } from '@sophia/local-runner/checkout-source';
import type { WorkflowResult } from '@sophia/local-runner/run-options';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

import { collectArtifacts, collectSummaries, copyIfThere } from './collect.ts';
import { escValues } from './esc-environments.ts';
import { unexpectedJobs } from './expected.ts';
import { keepFleet } from './keep-fleet.ts';
import { liveLines, summaryLines } from './live.ts';
import { parseOptions } from './options.ts';
import type { DemoOptions } from './options.ts';
import { startProductionHost } from './production-host.ts';
import { startServices } from './services.ts';
import type { DemoRun } from './services.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples/sophia');
const out = join(root, 'out/demo');
const REPOSITORY = 'ai-cherry/sophia';
const PULL_REQUEST = 7;
const RUN_ID = 1_700_000_001;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Ctrl-C, `kill`, or the end of `npm start` itself: all cancel the run. */
function cancellation(): AbortController {
  const controller = new AbortController();
  const cancel = () => {
    if (controller.signal.aborted) return;
    say('\ncancelling: the workflow stops its steps, then everything else ends');
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, cancel);
  process.on('disconnect', cancel);
  // A terminal that is gone, or a pipe that nobody reads: there is nobody left to show it to.
  process.stdout.on('error', cancel);
  return controller;
}

/** The example's packages, for the host and the first release; the jobs install their own. */
function installExample(): void {
  const args = [
    '--yes',
    'pnpm@12.21.0',
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--ignore-scripts',
  ];
  const { status, error, stdout, stderr } = spawnSync('npx', args, { cwd: example, encoding: 'utf8' });
  if (status === 0) return;
  throw new SophiaError('environment', {
    message: `the example's packages could not be installed\n${`${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')}`,
    hint: 'check the network or the proxy, then run `npm start` again',
    cause: error,
  });
}

/** The environment that the workflow will decide on; the stand-ins take only its keys. */
function environmentOf({ event, inputs }: DemoOptions): string {
  if (event === 'push') return 'production';
  return inputs['environment'] ?? 'staging';
}

function payloadOf(options: DemoOptions, sha: string) {
  const repository = { full_name: REPOSITORY, default_branch: 'main', fork: false };
  if (options.event !== 'pull_request') return { repository };
  const head = { sha, ref: 'feature', repo: { full_name: REPOSITORY, fork: false } };
  const base = { ref: 'main', repo: { full_name: REPOSITORY } };
  return {
    repository,
    number: PULL_REQUEST,
    pull_request: { number: PULL_REQUEST, title: 'Search by topic', head, base },
  };
}

function contextOf(options: DemoOptions, sha: string) {
  const common = { repository: REPOSITORY, actor: 'octocat', runId: RUN_ID, runNumber: 1, attempt: 1, sha };
  if (options.event !== 'pull_request') return { ...common, ref: 'refs/heads/main' };
  return { ...common, ref: `refs/pull/${PULL_REQUEST}/merge`, headRef: 'feature', baseRef: 'main' };
}

async function collect(result: WorkflowResult, artifactsFolder: string): Promise<void> {
  await collectArtifacts(artifactsFolder, out);
  const jobs = result.jobs.map((job) => job.id);
  collectSummaries(join(out, 'run'), jobs, join(out, 'summary.md'));
  copyIfThere(join(out, 'run', 'workflow.json'), join(out, 'workflow.json'));
}

function conclude(result: WorkflowResult, options: DemoOptions): number {
  say('');
  for (const line of summaryLines(result)) say(line);
  const unexpected = unexpectedJobs(result, options);
  say(
    `\n${result.result} in ${formatDuration(result.durationMs)}; logs of the jobs: ${join(out, 'run', 'logs')}`,
  );
  for (const line of unexpected) say(`not as the workflow means it: ${line}`);
  say(`report: ${join(out, 'report', 'index.html')}`);
  return unexpected.length === 0 ? 0 : 1;
}

async function demonstrate(options: DemoOptions, signal: AbortSignal): Promise<number> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'run'), { recursive: true });
  installExample();
  const source = await prepareSource(example, join(out, 'repository'));
  const environment = environmentOf(options);
  const run: DemoRun = {
    ...{ repository: REPOSITORY, sha: source.sha, runId: RUN_ID, event: options.event, environment },
    pullRequest: options.event === 'pull_request' ? PULL_REQUEST : undefined,
  };
  const values = escValues(join(example, 'esc'), environment);
  const services = await startServices(run, join(example, 'esc'), out);
  try {
    const host = await startProductionHost({
      exampleDirectory: example,
      home: join(out, 'host'),
      environment,
      apiToken: String((values['backend'] as Record<string, unknown>)['api_token']),
      logFile: join(out, 'host.log'),
    });
    try {
      const inherited = { ...baseEnvironment(process.env), ...services.environment, ...host.environment };
      const result = await runWorkflow({
        workflowFile: join(source.directory, '.github/workflows/sophia-master-deployment.yml'),
        event: options.event,
        payload: payloadOf(options, source.sha),
        ...(options.event === 'workflow_dispatch' ? { inputs: options.inputs } : {}),
        context: contextOf(options, source.sha),
        repositoryDirectory: source.directory,
        actionsDirectory: join(root, 'release'),
        outDirectory: join(out, 'run'),
        nodePath: process.execPath,
        environment: { ...inherited, SOPHIA_DEMO_FAIL: options.fail },
        openJob: services.openJob,
        signal,
        onEvent: liveLines(say),
      });
      await collect(result, services.artifactsFolder);
      say(`\nthe deployed backend answers: ${await host.health()}`);
      if (run.pullRequest !== undefined)
        say(`comments on the pull request: ${services.github.comments().length}`);
      const code = conclude(result, options);
      if (signal.aborted) return 130;
      // Ctrl-C is how a kept fleet is meant to end: the exit code stays the workflow's.
      if (options.keep)
        await keepFleet({ root, example, name: environment, environment: inherited, signal, say });
      return code;
    } finally {
      await host.stop();
    }
  } finally {
    await services.close();
  }
}

try {
  process.exitCode = await demonstrate(parseOptions(process.argv.slice(2)), cancellation().signal);
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof SophiaError)) throw error;
  process.stderr.write(`\nerror: ${error.message}\n  hint: ${error.hint}\n`);
}
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
