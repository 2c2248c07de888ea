import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveEvent, RunOptions, WorkflowResult } from './run-options.ts';
import { runWorkflow } from './run-workflow.ts';

/** A run of a fixture with everything that a test looks at. */
export interface TestRun {
  readonly result: WorkflowResult;
  readonly out: string;
  readonly events: readonly LiveEvent[];
  /** The log of a job without its times. */
  readonly log: (key: string) => string;
}

/** The facts of a run that tests do not care about. */
export const testContext: RunOptions['context'] = {
  repository: 'octo/demo',
  ref: 'refs/heads/main',
  actor: 'octocat',
  runId: 1,
  runNumber: 1,
  attempt: 1,
};

/** @returns the log of a job of a run, without the time in front of each line. */
export function readLog(out: string, key: string): string {
  return readFileSync(join(out, 'logs', `${key}.txt`), 'utf8').replaceAll(/^\S+ /gm, '');
}

/** Runs `.github/workflows/<name>.yml` of a repository for real. */
export async function runFixture(
  repositoryDirectory: string,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<TestRun> {
  const out = mkdtempSync(join(tmpdir(), 'sophia-out-'));
  const events: LiveEvent[] = [];
  const result = await runWorkflow({
    workflowFile: join(repositoryDirectory, '.github', 'workflows', `${name}.yml`),
    event: 'push',
    context: testContext,
    repositoryDirectory,
    actionsDirectory: join(repositoryDirectory, 'no-release'),
    outDirectory: out,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { result, out, events, log: (key) => readLog(out, key) };
}
