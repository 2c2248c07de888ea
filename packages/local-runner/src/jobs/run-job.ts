import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@sophia/core/errors';
import { evaluateTexts, evaluateValue, type Scope } from '../expressions/evaluate.ts';
import { closeTracking, openTracking } from '../process/reap-processes.ts';
import type { JobResult, Result } from '../run-options.ts';
import { runJobSteps } from '../steps/run-steps.ts';
import { stepExpressionScope } from '../steps/step-contexts.ts';
import type { StepScope } from '../steps/step-task.ts';
import { addAnnotation } from './add-annotation.ts';
import { createJobState } from './create-job-state.ts';
import { scopeBeforeSteps, type JobCall } from './job-call.ts';
import { environmentName, environmentUrl } from './job-environment.ts';
import type { JobState } from './job-state.ts';

/** GitHub's limit for a job without `timeout-minutes`. */
const DEFAULT_TIMEOUT_MINUTES = 360;
const MS_PER_MINUTE = 60_000;

function topScope(state: JobState): StepScope {
  return {
    origin: state.workflow.origin,
    steps: {},
    inputs: state.fixed.inputs,
    env: {},
    github: {},
    defaults: [state.model.defaults, state.workflow.defaults],
    embedded: undefined,
  };
}

/** A masked value never leaves its job: other jobs find the output empty. */
function jobOutputs(state: JobState, scope: Scope): Record<string, string> {
  const outputs = Object.entries(evaluateTexts(state.model.outputs, scope));
  const isSecret = (value: string): boolean => state.masks.apply(value) !== value;
  for (const [name] of outputs.filter(([, value]) => isSecret(value))) {
    state.log.write(`##[warning]Skip output '${name}' since it may contain secret.`);
  }
  return Object.fromEntries(outputs.filter(([, value]) => !isSecret(value)));
}

function cleanUp(state: JobState): void {
  for (const orphan of closeTracking(state.trackingId)) {
    state.log.write(`Terminate orphan process: pid (${orphan.pid}) (${orphan.name})`);
  }
  if (state.summaries.length > 0) {
    const folder = join(state.run.outDirectory, 'summaries');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${state.key}.md`), state.summaries.join('\n'));
  }
  try {
    rmSync(state.directories.root, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    state.log.write(`the job's folder could not be removed: ${messageOf(error)}`);
  }
}

function watchTimeout(call: JobCall): () => void {
  const minutes = evaluateValue(call.model.timeoutMinutes, scopeBeforeSteps(call)) ?? DEFAULT_TIMEOUT_MINUTES;
  const timer = setTimeout(() => call.cancel.cancel('timeout'), Number(minutes) * MS_PER_MINUTE);
  return () => clearTimeout(timer);
}

interface Finished {
  readonly result: Result;
  readonly outputs: Record<string, string>;
  readonly environment: JobResult['environment'];
}

/** What a job hands on, evaluated when its steps are over. */
function finish(state: JobState, scope: StepScope): Finished {
  const after = stepExpressionScope(state, scope, state.env);
  const name = environmentName(state.model, after);
  const url = name === undefined ? '' : environmentUrl(state.model, after);
  const environment = name === undefined ? null : { name, url: state.masks.apply(url) };
  return { result: state.status, outputs: jobOutputs(state, after), environment };
}

async function runSteps(call: JobCall, state: JobState): Promise<Finished> {
  openTracking(state.trackingId);
  const scope = topScope(state);
  const unwatch = watchTimeout(call);
  const stopListening = call.cancel.onCancel(() => {
    state.status = 'cancelled';
  });
  try {
    await runJobSteps(state, scope);
    if (call.cancel.reason === 'timeout') {
      addAnnotation(state, {
        level: 'error',
        message: 'The job ran longer than its timeout-minutes and was cancelled.',
      });
    }
    return finish(state, scope);
  } catch (error) {
    state.log.write(`##[error]${messageOf(error)}`);
    addAnnotation(state, { level: 'error', message: messageOf(error) });
    return { result: 'failure', outputs: {}, environment: null };
  } finally {
    unwatch();
    stopListening();
    cleanUp(state);
    state.log.close();
  }
}

/** A job whose preparation failed has a log too: it says why. */
function failedBefore(call: JobCall, startedAt: string, error: unknown): JobResult {
  const { run, key } = call;
  const annotation = { level: 'error' as const, message: messageOf(error) };
  const log = `logs/${key}.txt`;
  mkdirSync(join(run.outDirectory, 'logs'), { recursive: true });
  writeFileSync(join(run.outDirectory, log), `${startedAt} ##[error]${annotation.message}\n`);
  run.onEvent({ type: 'annotation', job: key, annotation });
  return { ...emptyResult(call, 'failure'), startedAt, annotations: [annotation], log };
}

/** @returns the result of a job that ran no step. */
export function emptyResult(call: Pick<JobCall, 'model' | 'name' | 'callers'>, result: Result): JobResult {
  const { model, name, callers } = call;
  return {
    id: model.id,
    name,
    callers,
    result,
    startedAt: null,
    durationMs: 0,
    steps: [],
    outputs: {},
    annotations: [],
    environment: null,
    log: null,
  };
}

/**
 * Runs one job from its empty workspace to the end of its last orphan. It never throws: what goes wrong is a
 * failure of the job.
 */
export async function runJob(call: JobCall): Promise<JobResult> {
  const { run, key } = call;
  const startedAt = new Date().toISOString();
  const started = performance.now();
  run.onEvent({ type: 'job-started', job: key });
  let result: JobResult;
  try {
    const state = await createJobState(call);
    const { result: status, outputs, environment } = await runSteps(call, state);
    result = {
      ...emptyResult(call, status),
      startedAt,
      steps: state.results,
      outputs,
      annotations: state.annotations,
      environment,
      log: `logs/${key}.txt`,
    };
  } catch (error) {
    result = failedBefore(call, startedAt, error);
  } finally {
    call.cancel.close();
  }
  const durationMs = Math.round(performance.now() - started);
  run.onEvent({ type: 'job-finished', job: key, result: result.result, durationMs });
  return { ...result, durationMs };
}
