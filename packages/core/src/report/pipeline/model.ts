import type { ActionName, Category, Report, RunIdentity } from '../envelope.ts';
import type { Coverage, Findings, Job, Journal, TestRun } from '../read/source.ts';
import type { Digest } from './digest.ts';

/** Where a problem stands that is a required file which is not there. */
export const MISSING_REPORTS = 'Reports';

/** pr-report's own verdicts (contract, section 3), for the whole and for each stage. */
export type Verdict = 'success' | 'warning' | 'failure';

export type StageKind = Exclude<ActionName, 'pr-report'> | 'tests' | 'coverage' | 'findings' | 'jobs';

/** Something that needs somebody: an item of a report, a failed test, a finding, a job. */
export interface Problem {
  readonly stage: StageKind;
  /** The stage's title, for people. */
  readonly where: string;
  readonly name: string;
  readonly verdict: 'failure' | 'warning';
  readonly category: Category | null;
  readonly message: string;
  readonly hint: string;
  /** How many other items this one explains. */
  readonly folded: number;
  /** The job that reported it; empty where nobody knows. */
  readonly job: string;
  /** Where in the sources, for annotations; empty where nobody knows. */
  readonly file: string;
  readonly line: number | undefined;
}

/** One row of the overview: a report, or all tests, coverage, findings or jobs together. */
export interface Stage {
  /** The same in every run, so that runs can be compared. */
  readonly key: string;
  readonly kind: StageKind;
  readonly title: string;
  readonly verdict: Verdict;
  /** Such as `13/15 checks, score 86`. */
  readonly result: string;
  readonly passed: number;
  readonly total: number;
  readonly failed: number;
  readonly durationMs: number | undefined;
}

export type ListedWhy = 'foreign' | 'superseded' | 'unknown' | 'unreadable' | 'missing';

/** A file that is shown, but not counted. */
export interface ListedFile {
  readonly path: string;
  readonly why: ListedWhy;
  readonly detail: string;
}

/** A bar on a time axis; times in milliseconds since 1970. */
export interface Span {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly verdict: Verdict | 'skipped' | 'undo';
  /** True for what belongs to the row above it. */
  readonly nested: boolean;
}

/** What is known of the run that is reported on. */
export interface RunFacts extends RunIdentity {
  /** The run's page; empty at a terminal. */
  readonly url: string;
  /** The commit that reports must carry; empty where nobody can know it (a pull request's merge, seen from a later run). */
  readonly reportSha: string;
  /** The pull request's number. */
  readonly pullRequest: number | undefined;
  /** True where the head belongs to another repository: nothing lasting is written for it. */
  readonly fork: boolean;
}

/** Everything that the renderers show, judged. */
export interface Pipeline {
  readonly verdict: Verdict;
  /** Says in one line whether it may go and what is wrong. */
  readonly headline: string;
  /** What to do next; empty where there is nothing to do. */
  readonly fix: string;
  /** Markdown that the workflow's author put on top; trusted as the workflow is. */
  readonly message: string;
  readonly run: RunFacts;
  readonly environment: string;
  readonly deploymentId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly stages: readonly Stage[];
  readonly problems: readonly Problem[];
  readonly timeline: readonly Span[];
  readonly reports: readonly Report[];
  readonly journals: readonly Journal[];
  readonly tests: readonly TestRun[];
  readonly findings: readonly Findings[];
  readonly coverage: readonly Coverage[];
  readonly jobs: readonly Job[];
  readonly listed: readonly ListedFile[];
  readonly previous: Digest | undefined;
  /** This run's own digest, for the next one to compare with. */
  readonly digest: Digest;
}
