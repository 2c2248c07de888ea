import type { Report } from '../envelope.ts';

/** A file as it was found. Everything in it is untrusted. */
export interface SourceFile {
  /** For people: a path from the working directory, or `artifact-name/path`. */
  readonly path: string;
  readonly text: string;
}

export type TestStatus = 'passed' | 'failed' | 'skipped';

export interface TestCase {
  readonly suite: string;
  readonly name: string;
  readonly status: TestStatus;
  readonly durationMs: number;
  readonly message: string;
  /** Empty where the format does not say. */
  readonly file: string;
  readonly line: number | undefined;
}

/** The tests of one file (JUnit XML, CTRF); single cases are kept only where somebody looks at them. */
export interface TestRun {
  readonly tool: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  readonly failures: readonly TestCase[];
}

export type FindingLevel = 'error' | 'warning' | 'note';

export interface Finding {
  readonly level: FindingLevel;
  readonly rule: string;
  readonly message: string;
  readonly file: string;
  readonly line: number | undefined;
}

/** The results of one SARIF file; suppressed ones are left out. */
export interface Findings {
  readonly tool: string;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  readonly results: readonly Finding[];
}

/** Lines and branches of one lcov or Cobertura file. */
export interface Coverage {
  readonly tool: string;
  readonly linesCovered: number;
  readonly linesTotal: number;
  readonly branchesCovered: number;
  readonly branchesTotal: number;
}

/** One line of a deployment's journal (contract, section 6), with what its type needs. */
export interface JournalEvent {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly type: string;
  readonly phase: string;
  readonly step: string;
  readonly exitCode: number | undefined;
}

export interface Journal {
  readonly deploymentId: string;
  readonly events: readonly JournalEvent[];
  /** False where a line does not carry the hash of the line before. */
  readonly intact: boolean;
  readonly torn: boolean;
  /** SHA-256 of the last line, in hex: what a Deployment's status on GitHub also has. */
  readonly head: string;
}

export interface JobStep {
  readonly name: string;
  readonly result: string;
  readonly durationMs: number;
}

/** A job of the workflow, from `needs` or from a `workflow.json` (contract, section 1). */
export interface Job {
  readonly id: string;
  readonly result: string;
  /** Milliseconds since 1970; undefined where only `needs` is known. */
  readonly startedAtMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly steps: readonly JobStep[];
}

export interface WorkflowRun {
  readonly event: string;
  readonly result: string;
  readonly jobs: readonly Job[];
}

/** What a file turned out to be. `unknown` is none of our formats, `unreadable` is one that is broken. */
export type Reading =
  | { readonly format: 'report'; readonly report: Report }
  | { readonly format: 'journal'; readonly journal: Journal }
  | { readonly format: 'tests'; readonly tests: TestRun }
  | { readonly format: 'findings'; readonly findings: Findings }
  | { readonly format: 'coverage'; readonly coverage: Coverage }
  | { readonly format: 'workflow'; readonly workflow: WorkflowRun }
  | { readonly format: 'unknown'; readonly why: string }
  | { readonly format: 'unreadable'; readonly why: string };

/** Single failures and findings kept of one file; the counts go on. */
export const MOST_DETAILS = 1_000;
/** Characters kept of a foreign message; the file itself has the rest. */
export const LONGEST_MESSAGE = 2_000;

/** @returns the text cut to what is kept of a foreign message. */
export const clip = (text: string, length: number = LONGEST_MESSAGE): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
