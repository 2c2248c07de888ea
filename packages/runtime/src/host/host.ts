import type { RunIdentity } from '@sophia/core/report/envelope';

import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';
import type { Progress } from '../ports/progress.ts';
import type { Redaction } from '../ports/redaction.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** What the event says about where its content comes from. */
export interface EventContext {
  /** Such as `push`; empty at a terminal. */
  readonly name: string;
  /** The pull request's number, where there is one. */
  readonly pullRequest: number | undefined;
  /** True where the head belongs to another repository. */
  readonly fork: boolean;
  /** The event's payload as GitHub wrote it; untrusted. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Something to be shown at a line of a file. */
export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Files for one artifact: all are below `root`. */
export interface ArtifactRequest {
  readonly name: string;
  readonly root: string;
  readonly files: readonly string[];
  readonly retentionDays: number;
}

/**
 * Where a use case runs: inside a job of GitHub Actions, or at a terminal. Everything that leaves the process goes
 * through here, and is redacted here.
 */
export interface Host {
  readonly kind: 'actions' | 'terminal';
  /** The environment as it was at the start. */
  readonly variables: Variables;
  readonly run: RunIdentity;
  readonly event: EventContext;
  /** Aborted when the run is cancelled (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** Somebody watches: what is under way is shown there instead of in lines of the log. */
  readonly progress?: Progress;
  readonly files: Files;
  readonly redaction: Redaction;
  /** Masks a value in the runner's log and in everything that we write. */
  mask(value: string): void;
  /** Masks forms of values that were planned already, as they are. */
  maskForms(forms: Iterable<string>): void;
  setOutput(name: string, value: string): void;
  /** Sets a variable of the job's later steps. */
  exportVariable(name: string, value: string): void;
  annotate(annotation: Annotation): void;
  /** False where nobody would read a summary; rendering one is not free. */
  readonly keepsSummary: boolean;
  /** Markdown for the step's summary. */
  appendSummary(markdown: string): void;
  /** Kept for the post step; ids only, never a secret. */
  saveState(name: string, value: string): void;
  readState(name: string): string;
  /** @returns the artifact's id, or undefined where this host keeps none (a terminal). */
  uploadArtifact(request: ArtifactRequest): Promise<number | undefined>;
  /** @returns an ID token of this job for the audience. @throws SophiaError `forbidden` without `id-token: write` */
  idToken(audience: string): Promise<string>;
}
