import { messageOf } from '@sophia/core/errors';
import type { Result } from '../run-options.ts';
import type { JobModel } from '../workflow/model.ts';
import { isBasicExpression } from '../workflow/tokens.ts';
import type { JobOutcome } from './job-needs.ts';
import { emptyResult } from './run-job.ts';
import type { WorkflowCall } from './workflow-call.ts';

/** A job that does not run is reported; one that calls a workflow, by the jobs of that workflow. */
export function withoutRunning(job: JobModel, call: WorkflowCall, result: Result): JobOutcome {
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

/** A job that could not even be prepared: its expressions or inputs are wrong. */
export function failedToStart(job: JobModel, call: WorkflowCall, error: unknown): JobOutcome {
  const outcome = withoutRunning(job, call, 'failure');
  const annotation = { level: 'error' as const, message: messageOf(error) };
  call.run.onEvent({ type: 'annotation', job: call.keyPrefix + job.id, annotation });
  const annotations = [annotation];
  return { ...outcome, reports: outcome.reports.map((report) => ({ ...report, annotations })) };
}
