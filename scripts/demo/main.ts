// The demonstration behind `npm start`: the caller's workflow of examples/sophia, run by the local runner with the
// bundles of release/, real MCP servers, a real deployment, and loopback stand-ins for everything outside.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { formatDuration } from '@sophia/core/duration';
import { SophiaError } from '@sophia/core/errors';
import { prepareSource } from '@sophia/local-runner/checkout-source';
import { baseEnvironment } from '@sophia/local-runner/base-environment';
import type { WorkflowResult } from '@sophia/local-runner/run-options';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

import { showCanary } from './canary.ts';
import { collectArtifacts, collectSummaries, copyIfThere } from './collect.ts';
import { unexpectedJobs } from './expected.ts';
import { keepFleet } from './keep-fleet.ts';
import { liveLines, summaryLines } from './live.ts';
import { parseOptions } from './options.ts';
import type { DemoOptions } from './options.ts';
import { installExample, openWorld } from './world.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples/sophia');
const out = join(root, 'out/demo');

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

async function collect(result: WorkflowResult, artifactsFolder: string): Promise<void> {
  await collectArtifacts(artifactsFolder, out);
  const jobs = result.jobs.map((job) => job.id);
  collectSummaries(join(out, 'run'), jobs, join(out, 'summary.md'));
  copyIfThere(join(out, 'run', 'workflow.json'), join(out, 'workflow.json'));
}

/** A pull request and a dry run deploy nothing, and `--fail` is about the deployment that fails. */
const showsCanary = (result: WorkflowResult, { event, fail, inputs }: DemoOptions) =>
  event !== 'pull_request' && inputs['dry_run'] !== 'true' && fail === '' && result.result === 'success';

async function canary(environment: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
  say('\na canary, and one whose users see errors: examples/canary, with a load balancer of its own');
  const shown = await showCanary({ root, directory: join(out, 'canary'), environment, signal });
  if (!shown && !signal.aborted) say('\nnot as it is meant: the canary');
  return shown;
}

function conclude(result: WorkflowResult, options: DemoOptions): number {
  say('');
  for (const line of summaryLines(result)) say(line);
  const unexpected = unexpectedJobs(result, options);
  say(
    `\n${result.result} in ${formatDuration(result.durationMs)}; logs of the jobs: ${join(out, 'run', 'logs')}`,
  );
  for (const line of unexpected) say(line);
  say(`report: ${join(out, 'report', 'index.html')}`);
  return unexpected.length === 0 ? 0 : 1;
}

async function demonstrate(options: DemoOptions, signal: AbortSignal): Promise<number> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'run'), { recursive: true });
  installExample(example);
  const source = await prepareSource(example, join(out, 'repository'));
  const world = await openWorld({ options, example, source, outDirectory: out });
  const { services, host, variables, environmentName: name } = world;
  try {
    const result = await runWorkflow({
      workflowFile: join(source.directory, '.github/workflows/sophia-master-deployment.yml'),
      event: options.event,
      payload: world.payload,
      ...(options.event === 'workflow_dispatch' ? { inputs: options.inputs } : {}),
      context: world.context,
      repositoryDirectory: source.directory,
      actionsDirectory: join(root, 'release'),
      outDirectory: join(out, 'run'),
      nodePath: process.execPath,
      environment: { ...variables, SOPHIA_DEMO_FAIL: options.fail },
      openJob: services.openJob,
      signal,
      onEvent: liveLines(say),
    });
    await collect(result, services.artifactsFolder);
    say(`\nthe deployed backend answers: ${await host.health()}`);
    if (world.isPullRequest) say(`comments on the pull request: ${services.github.comments().length}`);
    const shown = !showsCanary(result, options) || (await canary(baseEnvironment(process.env), signal));
    const code = conclude(result, options) || (shown ? 0 : 1);
    if (signal.aborted) return 130;
    // Ctrl-C is how a kept fleet is meant to end: the exit code stays the workflow's.
    if (options.keep) await keepFleet({ root, example, name, environment: variables, signal, say });
    return code;
  } finally {
    await world.close();
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
