import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { baseEnvironment } from './base-environment.ts';
import { prepareSource } from './checkout-source.ts';
import { evaluateText } from './expressions/evaluate.ts';
import type { Json } from './expressions/expression-data.ts';
import { ConcurrencyGroups } from './jobs/concurrency-groups.ts';
import { convertInputs } from './jobs/convert-inputs.ts';
import { runGithubContext } from './jobs/github-context.ts';
import { mergeResults } from './jobs/job-needs.ts';
import { runJobs } from './jobs/run-jobs.ts';
import { Slots } from './jobs/slots.ts';
import { capPermissions, isFromFork } from './fork.ts';
import type { CancelTiming, JobServices, RunOptions, WorkflowResult } from './run-options.ts';
import type { Run } from './run.ts';
import { loadPlan } from './workflow/load-plan.ts';
import type { WorkflowModel } from './workflow/model.ts';
import type { Places } from './workflow/resolve-uses.ts';
import { treesOfRefs } from './workflow/trees-of-refs.ts';

/** The runner's own times: 7.5 s after SIGINT, 2.5 s after SIGTERM, 5 minutes for everything. */
const RUNNER_TIMING: CancelTiming = { interruptMs: 7500, terminateMs: 2500, forceMs: 300_000 };

/** Without services a job has a token that nothing accepts. */
const NO_SERVICES: JobServices = { token: 'no-token', stepEnv: {}, actionEnv: {}, idTokenEnv: {} };

const OUR_REPOSITORY = 'ai-cherry/sophia-actions';

function checkEvent(workflow: WorkflowModel, event: string): void {
  if (workflow.events.includes(event) && event !== 'workflow_call') return;
  throw new SophiaError('usage', {
    message: `${workflow.file} does not run on the event '${event}'`,
    hint: `it runs on ${workflow.events.join(', ')}; a workflow_call comes from another workflow only`,
  });
}

function placesOf(options: RunOptions, workDirectory: string): Places {
  const { repositoryDirectory, actionsDirectory, actionsGit, context } = options;
  const actionsRepository = options.actionsRepository ?? OUR_REPOSITORY;
  const actionsAt =
    actionsGit === undefined
      ? () => actionsDirectory
      : treesOfRefs(actionsGit, join(workDirectory, '_actions'));
  return { actionsRepository, actionsAt, repository: context.repository, repositoryDirectory };
}

async function createRun(options: RunOptions, workDirectory: string): Promise<Run> {
  const places = placesOf(options, workDirectory);
  const shownAs = relative(options.repositoryDirectory, options.workflowFile);
  const plan = loadPlan(
    options.workflowFile,
    shownAs.startsWith('..') ? options.workflowFile : shownAs,
    places,
  );
  checkEvent(plan.workflow, options.event);
  const source = await prepareSource(options.repositoryDirectory, join(workDirectory, '_source'));
  const fork = isFromFork(options.event, options.payload);
  return {
    plan: fork ? { ...plan, permissions: capPermissions(plan.permissions) } : plan,
    places,
    event: options.event,
    payload: options.payload ?? {},
    context: { sha: source.sha, headRef: '', baseRef: '', ...options.context },
    source,
    vars: options.vars ?? {},
    allSecrets: Object.values(options.secrets ?? {}),
    outDirectory: options.outDirectory,
    workDirectory,
    environment: options.environment ?? baseEnvironment(process.env),
    nodePath: options.nodePath ?? process.execPath,
    openJob: options.openJob ?? (() => NO_SERVICES),
    timing: options.cancelTiming ?? RUNNER_TIMING,
    slots: new Slots(options.maxParallel ?? availableParallelism() + 1),
    groups: new ConcurrencyGroups(),
    keys: new Set(),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => undefined),
  };
}

function dispatchInputs(run: Run, options: RunOptions): Record<string, Json> {
  const given = options.inputs ?? {};
  const defaults = { contexts: { github: runGithubContext(run), vars: run.vars } };
  const isDispatch = options.event === 'workflow_dispatch';
  if (!isDispatch && Object.keys(given).length > 0) {
    throw new SophiaError('usage', {
      message: `the event '${options.event}' takes no inputs`,
      hint: 'inputs go with the event workflow_dispatch',
    });
  }
  return isDispatch
    ? convertInputs(run.plan.workflow.dispatchInputs, given, { defaults, fromTexts: true })
    : {};
}

/** `github.event.inputs` holds the same values as texts. */
function withInputs(payload: Run['payload'], inputs: Record<string, Json>): Run['payload'] {
  const texts = Object.entries(inputs).map(([name, value]) => [name, String(value)]);
  return texts.length === 0
    ? payload
    : { ...payload, inputs: Object.fromEntries(texts) as Record<string, string> };
}

/** Written under another name first, so that nobody ever reads half of it. */
function writeResult(outDirectory: string, result: WorkflowResult): void {
  const path = join(outDirectory, 'workflow.json');
  writeFileSync(`${path}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

async function runPrepared(prepared: Run, options: RunOptions): Promise<WorkflowResult> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const inputs = dispatchInputs(prepared, options);
  const run = { ...prepared, payload: withInputs(prepared.payload, inputs) };
  const { workflow } = run.plan;
  const secrets = isFromFork(options.event, options.payload) ? {} : (options.secrets ?? {});
  const scope = { contexts: { github: runGithubContext(run), vars: run.vars, inputs } };
  const runName = workflow.runName ? evaluateText(workflow.runName, scope) : workflow.name;
  const outcomes = await runJobs({
    run,
    workflow,
    callers: [],
    keyPrefix: '',
    secrets,
    inputs,
    signal: run.signal,
    heldGroups: [],
  });
  const all = [...outcomes.values()];
  return {
    event: run.event,
    name: workflow.name,
    runName,
    result: run.signal.aborted ? 'cancelled' : mergeResults(all.map((outcome) => outcome.result)),
    startedAt,
    durationMs: Math.round(performance.now() - started),
    jobs: all.flatMap((outcome) => outcome.reports),
  };
}

/**
 * Runs a workflow file on this machine, with the actions of the release tree and local equivalents of a few
 * others (see README.md), and writes `workflow.json` and the logs to the out directory.
 *
 * @returns what every job and step came to; a failed job is a result, not an error
 * @throws SophiaError `configuration` with all problems of all files, `usage` for a wrong event or input,
 *   `environment` where git does not work; nothing has run by then
 */
export async function runWorkflow(options: RunOptions): Promise<WorkflowResult> {
  mkdirSync(options.outDirectory, { recursive: true });
  const own = options.workDirectory ?? mkdtempSync(join(tmpdir(), 'sophia-run-'));
  mkdirSync(own, { recursive: true });
  try {
    const run = await createRun(options, own);
    const result = await runPrepared(run, options);
    writeResult(options.outDirectory, result);
    return result;
  } finally {
    if (options.workDirectory === undefined) rmSync(own, { recursive: true, force: true, maxRetries: 3 });
  }
}
