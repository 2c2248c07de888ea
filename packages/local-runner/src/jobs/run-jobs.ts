import { messageOf } from '@sophia/core/errors';
import {
  evaluateCondition,
  evaluateText,
  evaluateTexts,
  evaluateValue,
  type Scope,
} from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { JobResult, Result } from '../run-options.ts';
import type { Run } from '../run.ts';
import type { CallJob, JobModel, StepsJob, WorkflowModel } from '../workflow/model.ts';
import { entriesOf, isBasicExpression } from '../workflow/tokens.ts';
import { convertInputs } from './convert-inputs.ts';
import { planStrategy, renderCombination, type Strategy } from './expand-matrix.ts';
import { runGithubContext } from './github-context.ts';
import { JobCancel } from './job-cancel.ts';
import { jobStatus, mergeOutputs, mergeResults, needsContext, type JobOutcome } from './job-needs.ts';
import { emptyResult, runJob } from './run-job.ts';
import { Slots } from './slots.ts';

/** A workflow that runs: the one that was started, or one that a job calls. */
export interface WorkflowCall {
  readonly run: Run;
  readonly workflow: WorkflowModel;
  /** Ids of the calling jobs, outermost first. */
  readonly callers: readonly string[];
  /** Begins the keys of its jobs. */
  readonly keyPrefix: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly signal: AbortSignal;
}

/** One combination of a job's matrix, ready to run. */
interface Combination {
  readonly job: JobModel;
  readonly call: WorkflowCall;
  readonly scope: Scope;
  readonly suffix: string;
  readonly stop: AbortSignal;
}

function jobScope(call: WorkflowCall, needs: Json): Scope {
  const { run, inputs } = call;
  return { contexts: { github: runGithubContext(run), vars: run.vars, inputs, needs } };
}

function jobName(job: JobModel, scope: Scope, suffix: string): string {
  if (!job.name) return job.id + suffix;
  const name = evaluateText(job.name, scope);
  return isBasicExpression(job.name) ? name : name + suffix;
}

/** Keys name files and folders: short, and without anything that a path could mean. */
function keyOf({ job, call, suffix }: Combination): string {
  const clean = suffix
    .replaceAll(/[^A-Za-z0-9-]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  return [call.keyPrefix + job.id, clean].filter((part) => part !== '').join('.');
}

function concurrencyGroup(job: JobModel, scope: Scope): string | undefined {
  if (!job.concurrency) return undefined;
  const group = entriesOf(job.concurrency).find(({ key }) => key === 'group')?.value ?? job.concurrency;
  return evaluateText(group, scope);
}

async function runStepsJob(job: StepsJob, combination: Combination): Promise<JobOutcome> {
  const { call, scope, suffix, stop } = combination;
  const { run } = call;
  const name = jobName(job, scope, suffix);
  const cancel = new JobCancel(run.timing.forceMs);
  const onStop = (): void => cancel.cancel(call.signal.aborted ? 'cancelled' : 'fail-fast');
  const work = async (): Promise<JobResult> => {
    if (stop.aborted) return emptyResult({ model: job, name, callers: call.callers }, 'cancelled');
    stop.addEventListener('abort', onStop, { once: true });
    const { needs, matrix, strategy } = scope.contexts as Record<string, { readonly [key: string]: Json }>;
    const decided = {
      needs: needs ?? {},
      matrix: matrix ?? {},
      strategy: strategy ?? {},
      inputs: call.inputs,
    };
    const permissions = run.plan.permissions.get(job) ?? {};
    const { workflow, callers, secrets } = call;
    const key = keyOf(combination);
    return runJob({
      run,
      model: job,
      workflow,
      callers,
      key,
      name,
      permissions,
      secrets,
      ...decided,
      cancel,
    });
  };
  const report = await run.groups.use(concurrencyGroup(job, scope), () => run.slots.use(work));
  stop.removeEventListener('abort', onStop);
  const isTolerated = report.result === 'failure' && evaluateText(job.continueOnError, scope) === 'true';
  return { result: isTolerated ? 'success' : report.result, outputs: report.outputs, reports: [report] };
}

function calledSecrets(job: CallJob, call: WorkflowCall, scope: Scope): Record<string, string> {
  if (job.secrets === 'inherit') return { ...call.secrets };
  const given = evaluateTexts(job.secrets, { contexts: { ...scope.contexts, secrets: call.secrets } });
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

async function runCallJob(job: CallJob, combination: Combination): Promise<JobOutcome> {
  const { call, scope, stop } = combination;
  const { run } = call;
  const workflow = run.plan.called.get(job);
  if (!workflow?.call) throw new Error(`the plan lacks the workflow of the job '${job.id}'`);
  const given = evaluateValue(job.with, scope) ?? {};
  const inputs = convertInputs(workflow.call.inputs, given as Record<string, Json>, {
    defaults: jobScope(call, {}),
    fromTexts: false,
  });
  const inner: WorkflowCall = {
    run,
    workflow,
    callers: [...call.callers, job.id],
    keyPrefix: `${keyOf(combination)}.`,
    secrets: calledSecrets(job, call, scope),
    inputs,
    signal: stop,
  };
  const outcomes = await run.groups.use(concurrencyGroup(job, scope), () => runJobs(inner));
  const all = [...outcomes.values()];
  const jobs = Object.fromEntries(
    [...outcomes].map(([id, { result, outputs }]) => [id, { result, outputs: { ...outputs } }]),
  );
  const outputScope: Scope = { contexts: { ...jobScope(inner, {}).contexts, jobs } };
  const outputs = workflow.call.outputs.map(({ name, value }) => [name, evaluateText(value, outputScope)]);
  return {
    result: mergeResults(all.map(({ result }) => result)),
    outputs: Object.fromEntries(outputs) as Record<string, string>,
    reports: all.flatMap(({ reports }) => reports),
  };
}

/** A job that does not run is reported; one that calls a workflow, by the jobs of that workflow. */
function withoutRunning(job: JobModel, call: WorkflowCall, result: Result): JobOutcome {
  if (job.kind === 'steps') {
    const name = job.name && !isBasicExpression(job.name) ? job.name.toString() : job.id;
    return {
      result,
      outputs: {},
      reports: [emptyResult({ model: job, name, callers: call.callers }, result)],
    };
  }
  const workflow = call.run.plan.called.get(job);
  const inner = { ...call, callers: [...call.callers, job.id] };
  const reports = (workflow?.jobs ?? []).flatMap(
    (innerJob) => withoutRunning(innerJob, inner, result).reports,
  );
  return { result, outputs: {}, reports };
}

function failed(job: JobModel, call: WorkflowCall, error: unknown): JobOutcome {
  const outcome = withoutRunning(job, call, 'failure');
  const annotation = { level: 'error' as const, message: messageOf(error) };
  call.run.onEvent({ type: 'annotation', job: call.keyPrefix + job.id, annotation });
  const annotations = [annotation];
  return { ...outcome, reports: outcome.reports.map((report) => ({ ...report, annotations })) };
}

async function runCombination(combination: Combination): Promise<JobOutcome> {
  const { job, call } = combination;
  try {
    return await (job.kind === 'steps' ? runStepsJob(job, combination) : runCallJob(job, combination));
  } catch (error) {
    return failed(job, call, error);
  }
}

async function runMatrix(job: JobModel, call: WorkflowCall, scope: Scope): Promise<JobOutcome> {
  const plan: Strategy = planStrategy(evaluateValue(job.strategy, scope));
  const failFast = new AbortController();
  const stop = AbortSignal.any([call.signal, failFast.signal]);
  const slots = new Slots(plan.maxParallel);
  const total = plan.combinations.length;
  const outcomes = await Promise.all(
    plan.combinations.map((matrix, index) =>
      slots.use(async () => {
        const strategy = {
          'fail-fast': plan.failFast,
          'job-index': index,
          'job-total': total,
          'max-parallel': Number.isFinite(plan.maxParallel) ? plan.maxParallel : total,
        };
        const contexts = { ...scope.contexts, matrix, strategy };
        const suffix = renderCombination(matrix);
        const outcome = await runCombination({ job, call, scope: { ...scope, contexts }, suffix, stop });
        if (outcome.result === 'failure' && plan.failFast) failFast.abort();
        return outcome;
      }),
    ),
  );
  return {
    result: mergeResults(outcomes.map(({ result }) => result)),
    outputs: mergeOutputs(outcomes.map(({ outputs }) => outputs)),
    reports: outcomes.flatMap(({ reports }) => reports),
  };
}

async function runWhenReady(
  job: JobModel,
  call: WorkflowCall,
  outcomes: Map<string, JobOutcome>,
): Promise<JobOutcome> {
  const jobs = new Map(call.workflow.jobs.map((each) => [each.id, each]));
  const status = jobStatus(job, { jobs, outcomes, cancelled: call.signal.aborted });
  const scope: Scope = { ...jobScope(call, needsContext(job, outcomes)), status };
  try {
    if (!evaluateCondition(job.condition, scope)) {
      return withoutRunning(job, call, call.signal.aborted ? 'cancelled' : 'skipped');
    }
    // A job that starts after a cancel, by `always()`, is not cancelled by it.
    const free = call.signal.aborted ? { ...call, signal: new AbortController().signal } : call;
    return await runMatrix(job, free, scope);
  } catch (error) {
    return failed(job, call, error);
  }
}

/**
 * Runs the jobs of a workflow, each as soon as those it needs are over, and as many at a time as there are
 * slots. It never throws: what goes wrong is the failure of a job.
 *
 * @returns the outcome of each job by its id, in the order of the file
 */
export async function runJobs(call: WorkflowCall): Promise<ReadonlyMap<string, JobOutcome>> {
  const outcomes = new Map<string, JobOutcome>();
  const started = new Map<string, Promise<void>>();
  const byId = new Map(call.workflow.jobs.map((job) => [job.id, job]));
  const start = (job: JobModel): Promise<void> => {
    const known = started.get(job.id);
    if (known) return known;
    const needs = job.needs.flatMap((id) => byId.get(id) ?? []).map(start);
    const done = Promise.all(needs).then(async () => {
      outcomes.set(job.id, await runWhenReady(job, call, outcomes));
    });
    started.set(job.id, done);
    return done;
  };
  await Promise.all(call.workflow.jobs.map(start));
  return new Map(
    call.workflow.jobs.flatMap(({ id }) => {
      const outcome = outcomes.get(id);
      return outcome ? [[id, outcome] as const] : [];
    }),
  );
}
