import type { Result, WorkflowResult } from '@sophia/local-runner/run-options';

import type { DemoOptions } from './options.ts';

const DEPLOYMENT = ['production-deployment', 'post-deployment-validation'];

/** How each of the nine jobs ends where all is well: a pull request deploys nothing, a dry run validates nothing. */
function expectedResult(job: string, options: DemoOptions): Result {
  if (options.event === 'pull_request' && DEPLOYMENT.includes(job)) return 'skipped';
  if (options.inputs['dry_run'] === 'true' && job === 'post-deployment-validation') return 'skipped';
  return 'success';
}

/** @returns a line for each job that did not end as the workflow means it to. */
export function unexpectedJobs(result: WorkflowResult, options: DemoOptions): readonly string[] {
  return result.jobs
    .filter((job) => job.result !== expectedResult(job.id, options))
    .map((job) => {
      const isAsked = options.fail !== '' && DEPLOYMENT.includes(job.id);
      if (isAsked) return `as --fail ${options.fail} wants it: ${job.id}: ${job.result}`;
      const expected = expectedResult(job.id, options);
      return `not as the workflow means it: ${job.id}: expected ${expected}, got ${job.result}`;
    });
}
