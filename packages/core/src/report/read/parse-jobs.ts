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
