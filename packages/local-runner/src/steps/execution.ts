import type { Scope } from '../expressions/evaluate.ts';
import { addAnnotation } from '../jobs/add-annotation.ts';
import type { JobState } from '../jobs/job-state.ts';
import type { Annotation } from '../run-options.ts';
import type { CommandFiles } from './command-files.ts';
import type { StepTask } from './step-task.ts';

/** The runner shows so many annotations of each level a step; more are only in the log. */
const MAX_ANNOTATIONS = 10;

/** A stage of a step while it runs: what its handler may read and change. */
export class Execution {
  readonly job: JobState;
  readonly task: StepTask;
  /** The `env` context: workflow, job, composite action and step. */
  readonly env: Readonly<Record<string, string>>;
  readonly files: CommandFiles;
  readonly signal: AbortSignal;
  /** What expressions of this step see. */
  readonly scope: Scope;
  readonly outputs: Record<string, string> = {};
  failed = false;
  private readonly counts = { error: 0, warning: 0, notice: 0 };

  constructor(parts: Pick<Execution, 'job' | 'task' | 'env' | 'files' | 'signal' | 'scope'>) {
    this.job = parts.job;
    this.task = parts.task;
    this.env = parts.env;
    this.files = parts.files;
    this.signal = parts.signal;
    this.scope = parts.scope;
  }

  log(line: string): void {
    this.job.log.write(line);
  }

  debug(line: string): void {
    if (this.job.debug) this.log(`##[debug]${line}`);
  }

  annotate(annotation: Annotation): void {
    this.log(`##[${annotation.level}]${annotation.message}`);
    if (++this.counts[annotation.level] > MAX_ANNOTATIONS) return;
    addAnnotation(this.job, annotation);
  }

  /** The step will have failed, whatever its program says. */
  fail(message: string): void {
    this.failed = true;
    this.annotate({ level: 'error', message });
  }
}
