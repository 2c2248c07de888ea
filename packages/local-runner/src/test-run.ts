import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { LiveEvent, RunOptions, WorkflowResult } from './run-options.ts';
import { runWorkflow } from './run-workflow.ts';

/** A run with everything that a test looks at. */
export interface TestRun {
  readonly result: WorkflowResult;
  readonly out: string;
  readonly events: readonly LiveEvent[];
  /** The log of a job without its times. */
  readonly log: (key: string) => string;
  /** `id: result` of each job, in order. */
  readonly jobs: readonly string[];
  /** `name: result` of each step of a job. */
  readonly steps: (id: string) => readonly string[];
}

/** The facts of a run that tests do not care about. */
const testContext: RunOptions['context'] = {
  repository: 'octo/demo',
  ref: 'refs/heads/main',
  actor: 'octocat',
  runId: 1,
  runNumber: 1,
  attempt: 1,
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** @returns a new folder that is removed after the tests of the file. */
export function newFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.push(folder);
  return folder;
}

/** Writes files into a new folder; a path with a space in it, because users have such paths. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = newFolder('sophia test ');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Runs `.github/workflows/<name>.yml` of a repository for real. */
export async function runRepository(
  repositoryDirectory: string,
  name: string,
  options: Partial<RunOptions> = {},
): Promise<TestRun> {
  const out = newFolder('sophia-out-');
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
  return {
    result,
    out,
    events,
    log: (key) => readFileSync(join(out, 'logs', `${key}.txt`), 'utf8').replaceAll(/^\S+ /gm, ''),
    jobs: result.jobs.map((job) => `${job.name}: ${job.result}`),
    steps: (id) =>
      (result.jobs.find((job) => job.id === id)?.steps ?? []).map((step) => `${step.name}: ${step.result}`),
  };
}

/** Runs the jobs of a workflow text in a repository with these files. */
export function runText(
  workflow: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<RunOptions> = {},
): Promise<TestRun> {
  return runRepository(makeFolder({ ...files, '.github/workflows/w.yml': workflow }), 'w', options);
}

/** @returns a workflow with one job `j` whose steps are given as YAML list items. */
export const job = (steps: string, rest = ''): string => `on: push
jobs:
  j:
    runs-on: ubuntu-latest
${rest}    steps:
${steps.replaceAll(/^/gm, '      ')}`;
