import { numberAt } from '@sophia/core/report/read/json';
import type { Pipeline, Problem, Verdict } from '@sophia/core/report/pipeline/model';

import type { GitHub } from '../github/github.ts';

/** GitHub takes 50 annotations a request; ten requests are enough for anybody to read. */
const BATCH = 50;
const MOST_ANNOTATIONS = 500;
/** Characters that a check's summary may have. */
const LONGEST_SUMMARY = 65_000;

const CONCLUSIONS: Readonly<Record<Verdict, string>> = {
  success: 'success',
  warning: 'neutral',
  failure: 'failure',
};

/** Only what lies at a line of the repository can be shown there. */
function annotation({ file, line, verdict, name, message, hint }: Problem) {
  const text = [message, hint].filter((part) => part !== '').join('\n') || name;
  return {
    path: file.replace(/^\.\//, ''),
    start_line: line ?? 1,
    end_line: line ?? 1,
    annotation_level: verdict,
    title: name.slice(0, 255),
    message: text.slice(0, 4_000),
  };
}

const isPlace = ({ file }: Problem) =>
  file !== '' && !file.startsWith('/') && !file.split('/').includes('..');

/**
 * Writes a check run on the commit, its annotations in batches.
 *
 * @throws SophiaError of the client
 */
export async function writeCheckRun(github: GitHub, pipeline: Pipeline, summary: string): Promise<void> {
  const places = pipeline.problems.filter(isPlace).slice(0, MOST_ANNOTATIONS).map(annotation);
  const output = { title: pipeline.headline.slice(0, 255), summary: summary.slice(0, LONGEST_SUMMARY) };
  const { data } = await github.request('POST /repos/{owner}/{repo}/check-runs', {
    name: 'sophia report',
    head_sha: pipeline.run.sha,
    status: 'completed',
    conclusion: CONCLUSIONS[pipeline.verdict],
    output: { ...output, annotations: places.slice(0, BATCH) },
  });
  const id = numberAt(data, 'id');
  for (let from = BATCH; from < places.length && id !== undefined; from += BATCH) {
    await github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      check_run_id: id,
      output: { ...output, annotations: places.slice(from, from + BATCH) },
    });
  }
}
