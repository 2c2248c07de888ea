import type { Report, ReportItem } from '../envelope.ts';
import { textAt } from '../read/json.ts';
import type { Finding, Findings, Job, TestCase, TestRun } from '../read/source.ts';
import type { Problem, StageKind } from './model.ts';
import { STAGE_TITLES, verdictOf } from './stages.ts';

const problem = (own: Pick<Problem, 'stage' | 'name' | 'verdict'> & Partial<Problem>): Problem => ({
  where: STAGE_TITLES[own.stage],
  category: null,
  message: '',
  hint: '',
  folded: 0,
  job: '',
  file: '',
  line: undefined,
  ...own,
});

/** @returns how many items each item explains, also through others. */
function foldedCounts(items: readonly ReportItem[]): ReadonlyMap<string, number> {
  const parents = new Map(items.map((item) => [item.name, item.foldedUnder]));
  const counts = new Map<string, number>();
  for (const item of items) {
    const seen = new Set([item.name]);
    for (let root = item.foldedUnder; root !== null && !seen.has(root); root = parents.get(root) ?? null) {
      seen.add(root);
      counts.set(root, (counts.get(root) ?? 0) + 1);
    }
  }
  return counts;
}

/**
 * @returns what needs somebody in one report, worst first; at least one where the report is red. Steps behind the one
 *   that failed did not run, which explains nothing.
 */
export function reportProblems(report: Report, where: string): readonly Problem[] {
  const stage = report.kind as StageKind;
  const counts = foldedCounts(report.items);
  const shared = { stage, where, job: report.run.job };
  const ofItems = report.items.filter(needsSomebody).map((item) =>
    problem({
      ...shared,
      name: item.name,
      verdict: item.status === 'failure' && item.severity === 'critical' ? 'failure' : 'warning',
      category: item.category,
      message: item.message,
      hint: item.hint,
      folded: report.kind === 'deploy-phase' ? 0 : (counts.get(item.name) ?? 0),
    }),
  );
  const red = verdictOf(report) === 'failure';
  if (ofItems.some(({ verdict }) => verdict === 'failure') || !red) return worstFirst(ofItems);
  const error = report.details['error'];
  const whole = problem({
    ...shared,
    name: where,
    verdict: 'failure',
    message: textAt(error, 'message') || report.summary || report.status,
    hint: textAt(error, 'hint'),
  });
  return [whole, ...ofItems];
}

const needsSomebody = (item: ReportItem) =>
  item.severity !== 'info' && (item.status === 'failure' || item.status === 'warning');

export const worstFirst = (problems: readonly Problem[]): readonly Problem[] => [
  ...problems.filter(({ verdict }) => verdict === 'failure'),
  ...problems.filter(({ verdict }) => verdict === 'warning'),
];

const testName = ({ suite, name }: TestCase) => (suite === '' ? name : `${suite} › ${name}`);

export function testProblems(runs: readonly TestRun[]): readonly Problem[] {
  return runs.flatMap((run) =>
    run.failures.map((test) =>
      problem({
        stage: 'tests',
        name: testName(test),
        verdict: 'failure',
        message: test.message,
        file: test.file,
        line: test.line,
      }),
    ),
  );
}

const placeOf = ({ file, line }: Finding) =>
  file === '' ? '' : ` in ${file}${line === undefined ? '' : `:${line}`}`;

export function findingProblems(all: readonly Findings[]): readonly Problem[] {
  return all.flatMap(({ tool, results }) =>
    results
      .filter(({ level }) => level !== 'note')
      .map((result) =>
        problem({
          stage: 'findings',
          name: `${result.rule || tool}${placeOf(result)}`,
          verdict: result.level === 'error' ? 'failure' : 'warning',
          message: result.message,
          file: result.file,
          line: result.line,
        }),
      ),
  );
}

/** A job is a problem of its own only where nothing that it reported says why it failed. */
export function jobProblems(jobs: readonly Job[], others: readonly Problem[]): readonly Problem[] {
  const explained = new Set(others.filter(({ verdict }) => verdict === 'failure').map(({ job }) => job));
  return jobs
    .filter((job) => (job.result === 'failure' || job.result === 'cancelled') && !explained.has(job.id))
    .map((job) =>
      problem({
        stage: 'jobs',
        name: job.id,
        verdict: 'failure',
        message: job.result === 'cancelled' ? 'the job was cancelled' : 'the job failed',
        hint: 'open the run and read the log of this job',
        job: job.id,
      }),
    );
}
