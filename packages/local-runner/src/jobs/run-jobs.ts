import {
  evaluateCondition,
  evaluateText,
  evaluateTexts,
  evaluateValue,
  type Scope,
} from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { JobResult } from '../run-options.ts';
import type { CallJob, JobModel, StepsJob } from '../workflow/model.ts';
import { convertInputs } from './convert-inputs.ts';
import { planStrategy, renderCombination, type Strategy } from './expand-matrix.ts';
import { JobCancel } from './job-cancel.ts';
import {
  jobStatus,
  mergeOutputs,
  mergeResults,
  needsContext,
  type JobOutcome,
  type Outcomes,
} from './job-needs.ts';
import { emptyResult, runJob } from './run-job.ts';
import { Slots } from './slots.ts';
import { failedToStart, withoutRunning } from './unrun-jobs.ts';
import {
  concurrencyGroup,
  jobName,
  jobScope,
  takeKey,
  type Combination,
  type WorkflowCall,
} from './workflow-call.ts';

type JsonObject = { readonly [key: string]: Json };

async function runStepsJob(job: StepsJob, combination: Combination): Promise<JobOutcome> {
  const { call, scope, stop } = combination;
  const { run } = call;
  const name = jobName(combination);
  const cancel = new JobCancel(run.timing.forceMs);
  const onStop = (): void => cancel.cancel(call.signal.aborted ? 'cancelled' : 'fail-fast');
  const work = async (): Promise<JobResult> => {
    // It may have waited for its turn while the run was cancelled.
    if (stop.aborted && !evaluateCondition(job.condition, scope)) {
      return emptyResult({ model: job, name, callers: call.callers }, 'cancelled');
    }
    stop.addEventListener('abort', onStop, { once: true });
    const { needs = {}, matrix = {}, strategy = {} } = scope.contexts as Record<string, JsonObject>;
    const permissions = run.plan.permissions.get(job) ?? {};
    const key = takeKey(combination);
    return runJob({ ...call, model: job, key, name, permissions, needs, matrix, strategy, cancel });
  };
  const report = await run.groups.use(concurrencyGroup(combination), () => run.slots.use(work));
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
  const group = concurrencyGroup(combination);
  const inner: WorkflowCall = {
    run,
    workflow,
    callers: [...call.callers, job.id],
    keyPrefix: `${takeKey(combination)}.`,
    secrets: calledSecrets(job, call, scope),
    inputs,
    signal: stop,
    heldGroups: group === undefined ? call.heldGroups : [...call.heldGroups, group.toLowerCase()],
  };
  const outcomes = await run.groups.use(group, () => runJobs(inner));
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

async function runCombination(combination: Combination): Promise<JobOutcome> {
  const { job, call } = combination;
  try {
    return await (job.kind === 'steps' ? runStepsJob(job, combination) : runCallJob(job, combination));
  } catch (error) {
    return failedToStart(job, call, error);
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

async function runWhenReady(job: JobModel, call: WorkflowCall, outcomes: Outcomes): Promise<JobOutcome> {
  const jobs = new Map(call.workflow.jobs.map((each) => [each.id, each]));
  const scopeWith = (signal: AbortSignal | undefined): Scope => ({
    ...jobScope(call, needsContext(job, outcomes)),
    status: jobStatus(job, { jobs, outcomes, signal }),
  });
  const scope = scopeWith(call.signal);
  try {
    if (!evaluateCondition(job.condition, scope)) {
      const isCancelled = call.signal.aborted && evaluateCondition(job.condition, scopeWith(undefined));
      return withoutRunning(job, call, isCancelled ? 'cancelled' : 'skipped');
    }
    // A job that starts after a cancel, by `always()`, is not cancelled by it.
    const free = call.signal.aborted ? { ...call, signal: new AbortController().signal } : call;
    return await runMatrix(job, free, scope);
  } catch (error) {
    return failedToStart(job, call, error);
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
