import type { Result, WorkflowResult } from '@sophia/local-runner/run-options';

import type { DemoOptions } from './options.ts';

const DEPLOYMENT = ['production-deployment', 'post-deployment-validation'];

/** How each of the nine jobs ends where all is well: a pull request deploys nothing, a dry run validates nothing. */
export function expectedResult(job: string, options: DemoOptions): Result {
  if (options.event === 'pull_request' && DEPLOYMENT.includes(job)) return 'skipped';
  if (options.inputs['dry_run'] === 'true' && job === 'post-deployment-validation') return 'skipped';
  return 'success';
}

/** @returns the jobs that did not end as the workflow means them to. */
export function unexpectedJobs(result: WorkflowResult, options: DemoOptions): readonly string[] {
  return result.jobs
    .filter((job) => job.result !== expectedResult(job.id, options))
    .map((job) => `${job.id}: expected ${expectedResult(job.id, options)}, got ${job.result}`);
}
