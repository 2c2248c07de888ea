import { spawnSync } from 'node:child_process';

import { toolPath } from './conformance-tool.ts';

/** What a job came to, as far as both runners tell it: results of its steps in their order, and their outputs. */
export interface ComparableJob {
  readonly id: string;
  readonly result: string;
  readonly steps: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
}

interface ActLine {
  readonly jobID?: string;
  readonly matrix?: Record<string, unknown>;
  readonly stage?: string;
  readonly stepResult?: string;
  readonly jobResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly stepID?: readonly string[];
  readonly msg?: string;
}

export interface ActRun {
  readonly jobs: readonly ComparableJob[];
  /** Everything that act printed, for a test that fails. */
  readonly log: string;
}

const LABELS = ['ubuntu-latest', 'x'];

/** Runs a workflow of a git repository with act, on this machine itself (no container). */
export function runAct(repository: string, workflow: string, actions: readonly string[] = []): ActRun {
  const local = actions.flatMap((name) => ['--local-repository', name]);
  const labels = LABELS.flatMap((label) => ['-P', `${label}=-self-hosted`]);
  const { stdout, stderr } = spawnSync(
    toolPath('act'),
    [
      ...['push', '--json', '--no-cache-server', '--action-offline-mode', '--workflows', workflow],
      ...['--actor', 'octocat', '--env', 'GITHUB_REPOSITORY=octo/demo', '--container-daemon-socket', '-'],
      ...labels,
      ...local,
    ],
    { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const lines = stdout.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as ActLine];
    } catch {
      return [];
    }
  });
  return { jobs: jobsOf(lines), log: `${stdout}${stderr}` };
}

const keyOf = ({ jobID = '', matrix = {} }: ActLine) =>
  Object.keys(matrix).length === 0 ? jobID : `${jobID} (${Object.values(matrix).join(', ')})`;

function jobsOf(lines: readonly ActLine[]): ComparableJob[] {
  const keys = [...new Set(lines.filter(({ jobID }) => jobID !== undefined).map(keyOf))];
  return keys.map((id) => {
    const own = lines.filter((line) => line.jobID !== undefined && keyOf(line) === id);
    const ended = own.filter(
      ({ stage, stepResult, stepID }) => stage === 'Main' && stepResult && stepID?.length === 1,
    );
    const set = own.filter(({ command, stepID }) => command === 'set-output' && stepID?.length === 1);
    return {
      id,
      result: own.findLast(({ jobResult }) => jobResult !== undefined)?.jobResult ?? 'skipped',
      steps: ended.map(({ stepResult }) => stepResult ?? ''),
      outputs: Object.fromEntries(set.map(({ name = '', arg = '' }) => [name, arg])),
    };
  });
}
