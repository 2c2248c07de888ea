import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { toolPath } from './conformance-tool.ts';
import { reapLeftovers } from './act-leftovers.ts';
import type { JobEvent } from './waves.ts';

/** What a job came to, as far as both runners tell it: results of its steps in their order, and their outputs. */
export interface ComparableJob {
  readonly id: string;
  readonly result: string;
  readonly steps: readonly { readonly name: string; readonly result: string }[];
  readonly outputs: Readonly<Record<string, string>>;
}

export interface ActRun {
  readonly jobs: readonly ComparableJob[];
  /** Starts and ends of jobs, in their order. */
  readonly events: readonly JobEvent[];
  /** Everything that act printed, for a test that fails. */
  readonly log: string;
}

export interface ActRequest {
  /** A git repository; act reads branch and commit from it. */
  readonly repository: string;
  readonly workflow: string;
  /** Repositories that lie on this disk: `owner/repo@ref=folder`. */
  readonly actions?: readonly string[];
  /** `github.event` */
  readonly payload?: unknown;
  /** Variables of the run, from which act also fills its `github` context (GITHUB_REPOSITORY, GITHUB_REF, ...). */
  readonly variables?: Readonly<Record<string, string>>;
  /** The environment of act itself, which every step inherits; tokens belong here. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

interface ActLine {
  readonly jobID?: string;
  readonly matrix?: Record<string, unknown>;
  readonly stage?: string;
  readonly step?: string;
  readonly stepResult?: string;
  readonly jobResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly stepID?: readonly string[];
}

const LABELS = ['ubuntu-latest', 'x'];
/** More than any workflow here has side by side: the order is then the workflow's own, as in the local runner. */
export const PARALLEL_JOBS = 8;

/** Runs the push of a workflow with act, on this machine itself (no container). */
export async function runAct(request: ActRequest): Promise<ActRun> {
  const folder = mkdtempSync(join(tmpdir(), 'act-'));
  const trackingId = `act_${folder.slice(-6)}`;
  const event = join(folder, 'event.json');
  writeFileSync(event, JSON.stringify(request.payload ?? {}));
  const variables = {
    GITHUB_REPOSITORY: 'octo/demo',
    RUNNER_TRACKING_ID: trackingId,
    ...request.variables,
  };
  const given = request.environment ?? process.env;
  // act runs actions on the Node that it finds first; the local runner on this one.
  const env = { ...given, PATH: [dirname(process.execPath), given['PATH']].join(delimiter) };
  const options = (name: string, values: readonly string[]) => values.flatMap((value) => [name, value]);
  const args = [
    ...['push', '--json', '--no-cache-server', '--use-new-action-cache', '--rm'],
    ...['--workflows', request.workflow, '--eventpath', event, '--actor', 'octocat'],
    ...['--action-cache-path', join(folder, 'cache'), '--container-daemon-socket', '-'],
    ...['--concurrent-jobs', String(PARALLEL_JOBS)],
    // Its value comes from the environment; act asks the terminal where there is none.
    ...(given['GITHUB_TOKEN'] === undefined ? [] : ['--secret', 'GITHUB_TOKEN']),
    ...options(
      '-P',
      LABELS.map((label) => `${label}=-self-hosted`),
    ),
    ...options(
      '--env',
      Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ),
    ...options('--local-repository', request.actions ?? []),
  ];
  const child = spawn(toolPath('act'), args, {
    cwd: request.repository,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reaper = setInterval(() => reapLeftovers(trackingId), 100);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((done) => child.on('close', done));
  clearInterval(reaper);
  reapLeftovers(trackingId, 'all');
  rmSync(folder, { recursive: true, force: true });
  const log = Buffer.concat(chunks).toString();
  const lines = parseLines(log);
  return { jobs: jobsOf(lines), events: eventsOf(lines), log };
}

function parseLines(log: string): readonly ActLine[] {
  return log.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as ActLine];
    } catch {
      return [];
    }
  });
}

const keyOf = ({ jobID = '', matrix }: ActLine) =>
  Object.keys(matrix ?? {}).length === 0 ? jobID : `${jobID} (${Object.values(matrix ?? {}).join(', ')})`;

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
      steps: ended.map(({ step = '', stepResult = '' }) => ({ name: step, result: stepResult })),
      outputs: Object.fromEntries(set.map(({ name = '', arg = '' }) => [name, arg])),
    };
  });
}

/** A job starts with its step `Set up job`, and has ended when its result is told. */
function eventsOf(lines: readonly ActLine[]): readonly JobEvent[] {
  const started = new Set<string>();
  return lines.flatMap((line): JobEvent[] => {
    const job = keyOf(line);
    if (line.jobResult !== undefined && started.has(job)) return [{ type: 'end', job }];
    if (line.step !== 'Set up job' || started.has(job)) return [];
    started.add(job);
    return [{ type: 'start', job }];
  });
}
