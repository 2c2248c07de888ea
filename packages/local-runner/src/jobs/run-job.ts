import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@sophia/core/errors';
import { evaluateText, evaluateTexts, evaluateValue, type Scope } from '../expressions/evaluate.ts';
import { reapProcesses } from '../process/reap-processes.ts';
import type { JobResult, JobServices, Result } from '../run-options.ts';
import type { Run } from '../run.ts';
import { Masks } from '../steps/masks.ts';
import { runJobSteps } from '../steps/run-steps.ts';
import { stepExpressionScope } from '../steps/step-contexts.ts';
import type { StepScope } from '../steps/step-task.ts';
import type { StepsJob, WorkflowModel } from '../workflow/model.ts';
import type { Permissions } from '../workflow/permissions.ts';
import { jobGithubContext } from './github-context.ts';
import { JobCancel } from './job-cancel.ts';
import { entriesOf } from '../workflow/tokens.ts';
import { JobLog } from './job-log.ts';
import type { JobDirectories, JobState } from './job-state.ts';
import { runnerContext } from './runner-context.ts';

/** GitHub's limit for a job without `timeout-minutes`. */
const DEFAULT_TIMEOUT_MINUTES = 360;
const MS_PER_MINUTE = 60_000;

/** One job that is to run: a model with the values that were decided before it started. */
export interface JobCall {
  readonly run: Run;
  readonly model: StepsJob;
  readonly workflow: WorkflowModel;
  readonly callers: readonly string[];
  /** Unique within the run. */
  readonly key: string;
  readonly name: string;
  readonly permissions: Permissions;
  readonly secrets: Readonly<Record<string, string>>;
  readonly inputs: JobState['fixed']['inputs'];
  readonly needs: JobState['fixed']['needs'];
  readonly matrix: JobState['fixed']['matrix'];
  readonly strategy: JobState['fixed']['strategy'];
  readonly cancel: JobCancel;
}

function makeDirectories(run: Run, key: string): JobDirectories {
  const root = join(run.workDirectory, key);
  const name = run.context.repository.split('/')[1] ?? 'workspace';
  const directories = {
    root,
    workspace: join(root, name, name),
    temp: join(root, '_temp'),
    toolCache: join(run.workDirectory, '_tool'),
  };
  for (const path of Object.values(directories)) mkdirSync(path, { recursive: true });
  mkdirSync(join(directories.temp, '_github_workflow'));
  writeFileSync(
    join(directories.temp, '_github_workflow', 'event.json'),
    JSON.stringify(run.payload, null, 2),
  );
  return directories;
}

function scopeBeforeSteps(call: JobCall): Scope {
  const { run, secrets, inputs, needs, matrix, strategy } = call;
  const github = jobGithubContext(run, {
    id: call.model.id,
    workspace: '',
    temp: '',
    services: { token: '', stepEnv: {}, actionEnv: {}, idTokenEnv: {} },
  });
  return { contexts: { github, vars: run.vars, secrets, inputs, needs, matrix, strategy } };
}

function environmentName(call: JobCall): string | undefined {
  const value = evaluateEnvironmentKey(call, scopeBeforeSteps(call));
  return value === '' ? undefined : value;
}

/** `environment: name` or `environment: { name, url }`; the URL is evaluated after the steps. */
function evaluateEnvironmentKey(call: JobCall, scope: Scope): string {
  const { environment } = call.model;
  if (!environment) return '';
  const nameToken = environmentPart(call.model, 'name');
  return evaluateText(nameToken ?? environment, scope);
}

function environmentPart(model: StepsJob, part: 'name' | 'url') {
  return entriesOf(model.environment).find(({ key }) => key === part)?.value;
}

async function openJob(call: JobCall, backendId: string): Promise<JobServices> {
  const { run, model, permissions } = call;
  const services = await run.openJob({
    id: model.id,
    backendId,
    permissions,
    environment: environmentName(call),
  });
  const mayHaveIdToken = permissions['id-token'] === 'write';
  return { ...services, idTokenEnv: mayHaveIdToken ? services.idTokenEnv : {} };
}

function createMasks(call: JobCall, services: JobServices): Masks {
  const masks = new Masks();
  const tokens = [
    services.token,
    services.actionEnv['ACTIONS_RUNTIME_TOKEN'],
    services.idTokenEnv['ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  ];
  for (const secret of [...call.run.allSecrets, ...Object.values(call.secrets), ...tokens]) {
    if (secret !== undefined && secret !== '') masks.add(secret);
  }
  return masks;
}

async function createState(call: JobCall): Promise<JobState> {
  const { run, model, key } = call;
  const backendId = randomUUID();
  const services = await openJob(call, backendId);
  const masks = createMasks(call, services);
  const directories = makeDirectories(run, key);
  const logPath = join(run.outDirectory, 'logs', `${key}.txt`);
  const debug = [call.secrets['ACTIONS_STEP_DEBUG'], run.vars['ACTIONS_STEP_DEBUG']].includes('true');
  const { workspace, temp } = directories;
  const secrets = { ...call.secrets, GITHUB_TOKEN: services.token };
  const scope = scopeBeforeSteps({ ...call, secrets });
  const env = evaluateTexts(call.workflow.env, scope);
  Object.assign(env, evaluateTexts(model.env, { contexts: { ...scope.contexts, env } }));
  return {
    run,
    model,
    workflow: call.workflow,
    key,
    backendId,
    trackingId: `github_${randomUUID()}`,
    permissions: call.permissions,
    services,
    directories,
    masks,
    log: new JobLog(logPath, masks, (text) => run.onEvent({ type: 'line', job: key, text })),
    cancel: call.cancel,
    debug,
    fixed: {
      github: jobGithubContext(run, { id: model.id, workspace, temp, services }),
      secrets,
      inputs: call.inputs,
      needs: call.needs,
      matrix: call.matrix,
      strategy: call.strategy,
      runner: runnerContext(directories, debug),
    },
    status: call.cancel.reason ? 'cancelled' : 'success',
    env,
    paths: [],
    results: [],
    annotations: [],
    summaries: [],
    posts: [],
    actionNames: new Map(),
  };
}

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
  const outputs = evaluateTexts(state.model.outputs, scope);
  for (const [name, value] of Object.entries(outputs)) {
    if (state.masks.apply(value) === value) continue;
    state.log.write(`##[warning]Skip output '${name}' since it may contain secret.`);
    delete outputs[name];
  }
  return outputs;
}

function cleanUp(state: JobState): void {
  for (const orphan of reapProcesses(state.trackingId)) {
    state.log.write(`Terminate orphan process: pid (${orphan.pid}) (${orphan.name})`);
  }
  if (state.summaries.length > 0) {
    const folder = join(state.run.outDirectory, 'summaries');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${state.key}.md`), state.summaries.join('\n'));
  }
  rmSync(state.directories.root, { recursive: true, force: true, maxRetries: 3 });
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

async function runSteps(call: JobCall, state: JobState): Promise<Finished> {
  const scope = topScope(state);
  const unwatch = watchTimeout(call);
  const stopListening = call.cancel.onCancel(() => {
    state.status = 'cancelled';
  });
  try {
    await runJobSteps(state, scope);
    if (call.cancel.reason === 'timeout') {
      state.annotations.push({
        level: 'error',
        message: `The job ran longer than its timeout-minutes and was cancelled.`,
      });
    }
    const after = stepExpressionScope(state, scope, state.env);
    const name = environmentName(call);
    const url = name === undefined ? '' : evaluateText(environmentPart(state.model, 'url'), after);
    const environment = name === undefined ? null : { name, url: state.masks.apply(url) };
    return { result: state.status, outputs: jobOutputs(state, after), environment };
  } finally {
    unwatch();
    stopListening();
    cleanUp(state);
    state.log.close();
  }
}

function failedBefore(call: JobCall, startedAt: string, error: unknown): JobResult {
  return {
    ...emptyResult(call, 'failure'),
    startedAt,
    annotations: [{ level: 'error', message: messageOf(error) }],
  };
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
    const state = await createState(call);
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
