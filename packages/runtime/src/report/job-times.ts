import { parseRunJobs } from '@sophia/core/report/read/parse-jobs';
import type { Job } from '@sophia/core/report/read/source';

import type { GitHub } from '../github/github.ts';

/** Of a run 300 jobs are asked for, in at most three requests: a timeline shows 200 rows. */
const MOST_PAGES = 3;
const PAGE_SIZE = 100;

/**
 * @returns the ended jobs of an attempt of a run with their times, as GitHub measured them; none where the token may not
 *   read them (`actions: read`): the timeline then has what the reports measured
 */
export async function jobTimes(
  github: GitHub | undefined,
  { runId, attempt }: { readonly runId: number; readonly attempt: number },
): Promise<readonly Job[]> {
  if (github === undefined || runId === 0) return [];
  const jobs: Job[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await github
      .requestOnce('GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs', {
        ...{ run_id: runId, attempt_number: attempt },
        ...{ per_page: PAGE_SIZE, page },
      })
      .catch(() => undefined);
    const found = parseRunJobs(answer?.data);
    jobs.push(...found.jobs);
    if (found.listed < PAGE_SIZE) break;
  }
  return jobs;
}
