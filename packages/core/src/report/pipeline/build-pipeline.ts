import type { Report } from '../envelope.ts';
import { parseNeeds } from '../read/parse-jobs.ts';
import { readSource } from '../read/read-source.ts';
import type { Job, Reading, SourceFile } from '../read/source.ts';
import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import { fixOf, headlineOf } from './headline.ts';
import { MISSING_REPORTS } from './model.ts';
import type { ListedFile, Pipeline, Problem, RunFacts, Stage, StageKind, Verdict } from './model.ts';
import { findingProblems, jobProblems, reportProblems, testProblems, worstFirst } from './problems.ts';
import { selectReports } from './select-reports.ts';
import type { FoundReport } from './select-reports.ts';
import {
  coverageStage,
  findingsStage,
  jobsStage,
  reportStage,
  secretStages,
  STAGE_ORDER,
  testsStage,
  titleOf,
} from './stages.ts';
import { pipelineTimeline, worst } from './timeline.ts';

/** What a pipeline is built from. */
export interface PipelineParts {
  readonly sources: readonly SourceFile[];
  /** What could not even be opened, and required files that are missing. */
  readonly listed: readonly ListedFile[];
  /** Text of `${{ toJSON(needs) }}`; empty where it was not given. */
  readonly needs: string;
  /** Jobs with their times, where a service told them. */
  readonly jobs: readonly Job[];
  /** Times of the run's jobs, as GitHub measured them: for the timeline, never for the verdict. Default: none. */
  readonly jobTimes?: readonly Job[];
  readonly run: RunFacts;
  /** True at a terminal: nothing is foreign there. */
  readonly acceptAnyRun: boolean;
  readonly environment: string;
  readonly message: string;
  readonly previous: Digest | undefined;
  readonly nowMs: number;
}

interface Read {
  readonly path: string;
  readonly reading: Reading;
}

/** The readings of one format, each as what it holds. */
function of<F extends Reading['format']>(all: readonly Read[], format: F) {
  return all
    .map(({ reading }) => reading)
    .filter((reading): reading is Extract<Reading, { format: F }> => reading.format === format);
}

const BROKEN_CHAIN = 'its chain of hashes is broken: lines were changed, moved or lost';

function listRefused(all: readonly Read[]): readonly ListedFile[] {
  return all.flatMap(({ path, reading }): readonly ListedFile[] => {
    if (reading.format === 'journal' && !reading.journal.intact)
      return [{ path, why: 'unreadable', detail: BROKEN_CHAIN }];
    const refused = reading.format === 'unknown' || reading.format === 'unreadable';
    return refused ? [{ path, why: reading.format, detail: reading.why }] : [];
  });
}

/** The same text from two places (the workspace and an artifact) is one file. */
function distinct(sources: readonly SourceFile[]): readonly SourceFile[] {
  const seen = new Set<string>();
  return sources.filter(({ text }) => {
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** What tells a stage from the others of its kind: its job, then its environment; empty for the only one. */
function qualifierOf(report: Report, all: readonly Report[]): string {
  const same = all.filter((other) => titleOf(other) === titleOf(report));
  if (same.length === 1) return '';
  const jobs = new Set(same.map(({ run }) => run.job));
  return jobs.size > 1 ? report.run.job : report.environment;
}

/** Jobs of `needs` with the times that somebody measured. */
function mergeJobs(needs: readonly Job[], measured: readonly Job[]): readonly Job[] {
  const byId = new Map(measured.map((job) => [job.id, job]));
  for (const job of needs) byId.set(job.id, { ...(byId.get(job.id) ?? job), result: job.result });
  return [...byId.values()];
}

/** @returns the jobs with GitHub's times: those whose times a file tells keep them, and GitHub's others are added. */
export function withTimes(jobs: readonly Job[], times: readonly Job[]): readonly Job[] {
  const byId = new Map(times.map((job) => [job.id, job]));
  for (const job of jobs) {
    const timed = byId.get(job.id);
    const isMeasured = job.startedAtMs !== undefined || timed === undefined;
    byId.set(job.id, isMeasured ? job : { ...timed, result: job.result });
  }
  return [...byId.values()];
}

const byPipelineOrder = (a: { kind: StageKind }, b: { kind: StageKind }) =>
  STAGE_ORDER.indexOf(a.kind) - STAGE_ORDER.indexOf(b.kind);

/** A failed rollback is more urgent than its cause; otherwise the pipeline's order tells causes from consequences. */
const urgency = (problem: Problem, reports: readonly Report[]) =>
  problem.stage === 'deploy-phase' && reports.some(({ status }) => status === 'rollback-failed')
    ? -1
    : STAGE_ORDER.indexOf(problem.stage);

/**
 * Builds everything that is shown from everything that was found, and judges it. A file that cannot be read makes a
 * warning, one that is required and missing a failure, and where nothing at all was found nothing is green.
 */
export function buildPipeline(parts: PipelineParts): Pipeline {
  const all = distinct(parts.sources).map((source) => ({ path: source.path, reading: readSource(source) }));
  const found = all.flatMap(({ path, reading }): readonly FoundReport[] =>
    reading.format === 'report' ? [{ path, report: reading.report }] : [],
  );
  const selection = selectReports(found, parts.acceptAnyRun ? undefined : parts.run);
  const reports = selection.counted.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const needs = parseNeeds(parts.needs);
  const badNeeds: readonly ListedFile[] =
    needs === undefined
      ? [{ path: 'needs', why: 'unreadable', detail: 'not the text of toJSON(needs)' }]
      : [];
  const workflows = of(all, 'workflow').flatMap(({ workflow }) => workflow.jobs);
  const jobs = mergeJobs(needs ?? [], [...parts.jobs, ...workflows]);
  const listed = [...parts.listed, ...badNeeds, ...selection.listed, ...listRefused(all)];
  const evidence = {
    reports,
    jobs,
    listed,
    tests: of(all, 'tests').map(({ tests }) => tests),
    findings: of(all, 'findings').map(({ findings }) => findings),
    coverage: of(all, 'coverage').map(({ coverage }) => coverage),
    journals: of(all, 'journal').map(({ journal }) => journal),
  };
  return judged(parts, evidence);
}

type Evidence = Pick<
  Pipeline,
  'reports' | 'jobs' | 'listed' | 'tests' | 'findings' | 'coverage' | 'journals'
>;

function stagesOf({ reports, tests, findings, coverage, jobs }: Evidence): readonly Stage[] {
  const own = reports.map((report) => reportStage(report, qualifierOf(report, reports)));
  const stages = [
    ...secretStages(own.filter(({ kind }) => kind === 'esc-setup')),
    ...own.filter(({ kind }) => kind !== 'esc-setup'),
    ...(tests.length > 0 ? [testsStage(tests)] : []),
    ...(findings.length > 0 ? [findingsStage(findings)] : []),
    ...(coverage.length > 0 ? [coverageStage(coverage)] : []),
    ...(jobs.length > 0 ? [jobsStage(jobs)] : []),
  ];
  return stages.toSorted(byPipelineOrder);
}

function problemsOf({ reports, tests, findings, jobs }: Evidence): readonly Problem[] {
  const whereOf = (report: Report) => reportStage(report, qualifierOf(report, reports)).title;
  const known = [
    ...reports.flatMap((report) => reportProblems(report, whereOf(report))),
    ...testProblems(tests),
    ...findingProblems(findings),
  ];
  const problems = [...known, ...jobProblems(jobs, known)];
  return worstFirst(problems.toSorted((a, b) => urgency(a, reports) - urgency(b, reports)));
}

const LISTED_VERDICTS: Partial<Readonly<Record<ListedFile['why'], Verdict>>> = {
  unreadable: 'warning',
  missing: 'failure',
};

const missingProblem = ({ path, detail }: ListedFile): Problem => ({
  stage: 'jobs',
  where: MISSING_REPORTS,
  name: path,
  verdict: 'failure',
  category: 'not-found',
  message: detail,
  hint: 'look whether the step that writes it has run',
  folded: 0,
  job: '',
  file: '',
  line: undefined,
});

function judged(parts: PipelineParts, evidence: Evidence): Pipeline {
  const { run, previous, nowMs, message } = parts;
  const { reports, listed } = evidence;
  const stages = stagesOf(evidence);
  const missing = listed.filter(({ why }) => why === 'missing').map(missingProblem);
  const problems = worstFirst([...missing, ...problemsOf(evidence)]);
  const verdicts = [
    ...stages.map((stage) => stage.verdict),
    ...listed.map(({ why }) => LISTED_VERDICTS[why] ?? 'success'),
  ];
  const verdict = stages.length === 0 ? 'failure' : worst(verdicts);
  const isUnreadable = listed.some(({ why }) => why === 'unreadable');
  const environment = parts.environment || (reports.at(-1)?.environment ?? '');
  const isPullRequest = run.pullRequest !== undefined;
  const timeline = pipelineTimeline(withTimes(evidence.jobs, parts.jobTimes ?? []), reports);
  const startMs = timeline[0]?.startMs ?? nowMs;
  const endMs = Math.max(startMs, ...timeline.map((span) => span.endMs));
  return {
    ...evidence,
    verdict,
    headline: headlineOf({ verdict, problems, reports, environment, isPullRequest, isUnreadable }),
    fix: fixOf(problems),
    message,
    run,
    environment,
    deploymentId: reports.findLast(({ deploymentId }) => deploymentId !== '')?.deploymentId ?? '',
    startedAt: new Date(startMs).toISOString(),
    durationMs: endMs - startMs,
    stages,
    problems,
    timeline,
    previous,
    digest: digestOf({ run, stages, problems, verdict, previous }),
  };
}
