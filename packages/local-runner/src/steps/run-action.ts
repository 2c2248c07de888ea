import { join } from 'node:path';
import { evaluateText } from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import { runProcess } from '../process/run-process.ts';
import type { ActionCall, StepModel } from '../workflow/model.ts';
import type { CompositeRuns } from '../workflow/parse-action.ts';
import { resolveAction, type ResolvedAction } from '../workflow/resolve-uses.ts';
import { evaluateInputs } from './action-inputs.ts';
import type { Execution } from './execution.ts';
import { createLineHandler } from './handle-line.ts';
import { runBuiltin } from './run-builtin.ts';
import { actionEnvironment } from './step-environment.ts';
import { stepExpressionScope } from './step-contexts.ts';
import type { StepScope, StepTask } from './step-task.ts';

type FileAction = Extract<ResolvedAction, { kind: 'action' }>;

/** What the `github` context says about the action itself. */
function actionFacts(action: FileAction): { readonly [key: string]: Json } {
  if (action.inWorkspace) return {};
  return { action_repository: action.repository, action_ref: action.ref };
}

/** One of the programs of a JavaScript action: its file is relative to the action's folder. */
interface Program {
  readonly call: ActionCall;
  readonly action: FileAction;
  readonly file: string;
}

/** Runs one of the programs of a JavaScript action with the given Node. */
async function runProgram(execution: Execution, { call, action, file }: Program): Promise<void> {
  const { job } = execution;
  const inputs = evaluateInputs(execution, call, action.model.inputs);
  const code = await runProcess({
    command: job.run.nodePath,
    args: [join(action.directory, file)],
    cwd: job.directories.workspace,
    env: { ...actionEnvironment(execution, inputs), ...repositoryVariables(action) },
    onLine: createLineHandler(execution),
    signal: execution.signal,
    timing: job.run.timing,
  });
  if (code !== 0 && !execution.signal.aborted) {
    execution.failed = true;
    execution.log(`the action ended with exit code ${code}`);
  }
}

function repositoryVariables(action: FileAction): Record<string, string> {
  if (action.inWorkspace) return {};
  return { GITHUB_ACTION_REPOSITORY: action.repository, GITHUB_ACTION_REF: action.ref };
}

/** The post stage of a step whose main stage has begun; it is one of the job's own steps. */
function postTask(task: StepTask, call: ActionCall, action: FileAction): StepTask | undefined {
  const { runs } = action.model;
  if (runs.kind !== 'node' || runs.post === undefined) return undefined;
  const { post } = runs;
  return {
    ...task,
    stage: 'post',
    condition: runs.postCondition,
    scope: { ...task.scope, embedded: undefined },
    execute: (execution) => runProgram(execution, { call, action, file: post }),
  };
}

/** The pre stage of an action that has one. Actions of the workspace have none: they are not there yet. */
export function preTask(task: StepTask, call: ActionCall, action: ResolvedAction): StepTask | undefined {
  if (action.kind !== 'action' || action.inWorkspace) return undefined;
  const { runs } = action.model;
  if (runs.kind !== 'node' || runs.pre === undefined) return undefined;
  const { pre } = runs;
  return {
    ...task,
    stage: 'pre',
    condition: runs.preCondition,
    execute: (execution) => runProgram(execution, { call, action, file: pre }),
  };
}

/** Runs the steps of a composite action; given from outside, because such steps may run actions in turn. */
export type RunNested = (steps: readonly StepModel[], scope: StepScope, stop: AbortSignal) => Promise<void>;

interface CompositeCall {
  readonly call: ActionCall;
  readonly action: FileAction;
  readonly runs: CompositeRuns;
  readonly runNested: RunNested;
}

async function runComposite(execution: Execution, composite: CompositeCall): Promise<void> {
  const { call, action, runs, runNested } = composite;
  const scope: StepScope = {
    origin: action.origin,
    steps: {},
    inputs: evaluateInputs(execution, call, action.model.inputs),
    env: execution.env,
    github: { ...execution.task.scope.github, ...actionFacts(action), action_path: action.directory },
    defaults: [],
    embedded: { failed: false },
  };
  await runNested(runs.steps, scope, execution.signal);
  const outer = stepExpressionScope(execution.job, scope, execution.env);
  for (const { name, value } of runs.outputs) execution.outputs[name] = evaluateText(value, outer);
  if (scope.embedded?.failed) execution.failed = true;
}

/** Runs what a `uses` step names: a built-in equivalent, a JavaScript action or a composite one. */
export async function runAction(execution: Execution, call: ActionCall, runNested: RunNested): Promise<void> {
  const { job, task } = execution;
  const action = resolveAction(call.uses, {
    origin: task.scope.origin,
    places: job.run.places,
    workspace: job.directories.workspace,
  });
  if (action.kind === 'builtin') {
    await runBuiltin(execution, call, action.builtin);
    return;
  }
  const { runs } = action.model;
  if (runs.kind === 'composite') {
    await runComposite(execution, { call, action, runs, runNested });
    return;
  }
  const post = postTask(task, call, action);
  if (post) job.posts.push(post);
  await runProgram(execution, { call, action, file: runs.main });
}
