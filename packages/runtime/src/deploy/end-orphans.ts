import { readdir, readFile } from 'node:fs/promises';

import { isActive, stepsOf, stepState } from '@sophia/core/deploy/state';
import type { DeploymentState } from '@sophia/core/deploy/state';

import type { Host } from '../host/host.ts';

/** Tells whose program a process is; every program of a step has it in its environment. */
export const STEP_MARK = 'SOPHIA_STEP';

const GRACE_MS = 2_000;
const POLL_MS = 50;

/**
 * Ends what is still running of steps that were in flight when their run of ours was killed: nothing may be undone, or
 * run again, beside itself. A process is ended only if its environment names the deployment with its environment and
 * repository, and the step (Linux; where there is no /proc, nothing can be found): another repository on the same
 * machine may give its deployments the same ids.
 *
 * @returns how many processes were ended
 */
export async function endOrphans(
  state: DeploymentState,
  { clock, variables }: Pick<Host, 'clock' | 'variables'>,
): Promise<number> {
  const { deploymentId, environment } = state.started;
  const repository = variables['GITHUB_REPOSITORY'];
  const inFlight = stepsOf(state.started).filter(({ id }) => isActive(stepState(state, id)));
  const marks = inFlight.map(({ id }) => [
    `SOPHIA_DEPLOYMENT_ID=${deploymentId}`,
    `SOPHIA_ENVIRONMENT=${environment}`,
    ...(repository === undefined ? [] : [`GITHUB_REPOSITORY=${repository}`]),
    `${STEP_MARK}=${id}`,
  ]);
  if (marks.length === 0) return 0;
  const found = await findMarked(marks);
  signalAll(found, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < GRACE_MS && (await findMarked(marks)).length > 0; waitedMs += POLL_MS) {
    await clock.sleep(POLL_MS);
  }
  signalAll(await findMarked(marks), 'SIGKILL');
  return found.length;
}

async function findMarked(marks: readonly (readonly string[])[]): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isMarked(pid, marks)) ? [pid] : [])));
  return found.flat().filter((pid) => pid !== process.pid);
}

async function isMarked(pid: number, marks: readonly (readonly string[])[]): Promise<boolean> {
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
  return marks.some((mark) => mark.every((entry) => environment.includes(entry)));
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself meanwhile, or belongs to somebody else.
    }
  }
}
