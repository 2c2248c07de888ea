import { isJson, listAt, numberAt, parseJson, textAt } from './json.ts';
import type { Job, WorkflowRun } from './source.ts';

/** Reads `workflow.json`, which the local runner writes (contract, section 1). */
export function parseWorkflow(document: unknown): WorkflowRun {
  const jobs = listAt(document, 'jobs').filter(isJson);
  return {
    event: textAt(document, 'event'),
    result: textAt(document, 'result'),
    jobs: jobs.map((job) => ({
      id: textAt(job, 'id'),
      result: textAt(job, 'result'),
      startedAtMs: timeOf(textAt(job, 'startedAt')),
      durationMs: numberAt(job, 'durationMs'),
      steps: listAt(job, 'steps').map((step) => ({
        name: textAt(step, 'name'),
        result: textAt(step, 'result'),
        durationMs: numberAt(step, 'durationMs') ?? 0,
      })),
    })),
  };
}

function timeOf(text: string): number | undefined {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/**
 * Reads `${{ toJSON(needs) }}`: a map of job ids to `{result, outputs}`.
 *
 * @returns undefined where the text is no such map; an empty text has no jobs
 */
export function parseNeeds(text: string): readonly Job[] | undefined {
  if (text.trim() === '') return [];
  const needs = parseJson(text)?.value;
  if (!isJson(needs)) return undefined;
  return Object.entries(needs).map(([id, job]) => ({
    id,
    result: textAt(job, 'result'),
    startedAtMs: undefined,
    durationMs: undefined,
    steps: [],
  }));
}

/**
 * Reads GitHub's list of an attempt's jobs. A job is named by its `name`, which is its id unless the workflow names it; of
 * a reusable workflow's (`caller / job`) by the last part. Jobs that have not ended have no time yet and are left out.
 *
 * @returns the ended jobs, and how many the page listed
 */
export function parseRunJobs(page: unknown): { readonly jobs: readonly Job[]; readonly listed: number } {
  const items = listAt(page, 'jobs');
  const jobs = items.flatMap((item): readonly Job[] => {
    const startedAtMs = timeOf(textAt(item, 'started_at'));
    const endedAtMs = timeOf(textAt(item, 'completed_at'));
    if (startedAtMs === undefined || endedAtMs === undefined) return [];
    const steps = listAt(item, 'steps').map((step) => ({
      name: textAt(step, 'name'),
      result: textAt(step, 'conclusion'),
      durationMs:
        Math.max(0, Date.parse(textAt(step, 'completed_at')) - Date.parse(textAt(step, 'started_at'))) || 0,
    }));
    const id = textAt(item, 'name').split(' / ').at(-1) ?? '';
    const durationMs = Math.max(0, endedAtMs - startedAtMs);
    return [{ id, result: textAt(item, 'conclusion'), startedAtMs, durationMs, steps }];
  });
  return { jobs, listed: items.length };
}
