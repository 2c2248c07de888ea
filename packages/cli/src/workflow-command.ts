import { statSync } from 'node:fs';
import { resolve, sep } from 'node:path';

import { formatDuration } from '@sophia/core/duration';
import { SophiaError } from '@sophia/core/errors';
import type { LiveEvent } from '@sophia/local-runner/run-options';
import { cancelSignal } from '@sophia/runtime/host/cancel-signal';
import { Command, Option } from 'commander';
import pc from 'picocolors';

import { EXIT } from './exit-codes.ts';
import { oneLine } from './terminal-log.ts';

interface WorkflowOptions {
  readonly event: string;
  readonly input: readonly string[];
  readonly repository: string;
  readonly out: string;
  readonly json?: boolean;
}

const collect = (value: string, earlier: readonly string[]) => [...earlier, value];

/** `sophia workflow run FILE`: a workflow on this machine, with the actions of this release. */
export function workflowCommand(): Command {
  const workflow = new Command('workflow').description('workflows on this machine');
  workflow
    .command('run')
    .argument('<file>')
    .description('run a workflow file with the local runner; GitHub itself is a stand-in on loopback')
    .option('--event <name>', 'the event that starts it', 'push')
    .addOption(
      new Option('--input <name=value>', 'an input of workflow_dispatch; may be given several times')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--repository <owner/name>', 'the repository that it runs in', 'local/repository')
    .option('--out <folder>', 'where logs, summaries and artifacts go', 'out/workflow')
    .option('--json', 'print workflow.json on stdout, and nothing else')
    .action(async (file: string, options: WorkflowOptions) => {
      process.exitCode = await run(resolve(file), options);
    });
  return workflow;
}

/** @throws SophiaError `usage` for what is no pair, and where the event has no inputs */
function inputsOf({ input, event }: WorkflowOptions): Readonly<Record<string, string>> {
  const inputs = Object.fromEntries(input.map(parseInput));
  if (input.length === 0 || event === 'workflow_dispatch') return inputs;
  throw new SophiaError('usage', {
    message: `--input: the event ${event} has no inputs`,
    hint: 'add --event workflow_dispatch, or leave --input out',
  });
}

function parseInput(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)];
  throw new SophiaError('usage', {
    message: `--input: expected NAME=VALUE, got "${pair}"`,
    hint: 'for example --input environment=staging',
  });
}

async function run(file: string, options: WorkflowOptions): Promise<number> {
  const inputs = inputsOf(options);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new SophiaError('usage', {
      message: `there is no workflow file ${file}`,
      hint: 'for example `sophia workflow run .github/workflows/ci.yml`',
    });
  const { runWorkflow } = await import('@sophia/local-runner/run-workflow');
  const { prepareSource, uncommittedFiles } = await import('@sophia/local-runner/checkout-source');
  const { startLocalServices } = await import('./local-services.ts');
  const signal = cancelSignal();
  const outDirectory = resolve(options.out);
  const source = await prepareSource(process.cwd(), resolve(outDirectory, 'repository'));
  const uncommitted = await uncommittedFiles(source);
  sayUncommitted(uncommitted.filter((path) => !resolve(path).startsWith(`${outDirectory}${sep}`)));
  const runId = Math.floor(Date.now() / 1000);
  const common = { repository: options.repository, sha: source.sha, runId };
  const services = await startLocalServices({ ...common, event: options.event, outDirectory });
  try {
    const result = await runWorkflow({
      workflowFile: file,
      event: options.event,
      payload: { repository: { full_name: options.repository, default_branch: 'main' } },
      ...(options.event === 'workflow_dispatch' ? { inputs } : {}),
      context: {
        ...common,
        ref: 'refs/heads/main',
        actor: process.env['USER'] ?? 'local',
        runNumber: 1,
        attempt: 1,
      },
      repositoryDirectory: process.cwd(),
      actionsDirectory: releaseTree(),
      outDirectory,
      openJob: services.openJob,
      signal,
      onEvent: options.json === true ? () => undefined : showEvent,
    });
    const words = `${result.result} in ${formatDuration(result.durationMs)}; logs: ${outDirectory}/logs`;
    process.stdout.write(`${options.json === true ? JSON.stringify(result, undefined, 2) : words}\n`);
    if (signal.aborted) return EXIT.interrupted;
    return result.result === 'success' ? EXIT.passes : EXIT.fails;
  } finally {
    await services.close();
  }
}

const MOST_NAMED = 5;

/** What is not committed is what people miss in the run: the configuration that \`sophia init\` has just written. */
function sayUncommitted(files: readonly string[]): void {
  if (files.length === 0) return;
  const more = files.length > MOST_NAMED ? `, and ${files.length - MOST_NAMED} more` : '';
  const names = files.slice(0, MOST_NAMED).map(oneLine).join(', ');
  process.stderr.write(
    `${pc.yellow('warning:')} the run has the last commit, without what changed since: ${names}${more}\n`,
  );
}

function showEvent(event: LiveEvent): void {
  if (event.type === 'annotation' && event.annotation.level === 'error') {
    process.stderr.write(`${pc.red('error')} ${event.job}: ${event.annotation.message}\n`);
  }
  if (event.type !== 'step-finished') return;
  const colour = event.result === 'success' ? pc.green : event.result === 'skipped' ? pc.dim : pc.red;
  const time = pc.dim(formatDuration(event.durationMs));
  process.stderr.write(`${colour(event.result)} ${event.job} / ${event.step} ${time}\n`);
}

/** The tree that this bundle belongs to: `release/cli/index.js` lies beside the actions. */
function releaseTree(): string {
  return resolve(import.meta.dirname, '..');
}
