import type { ProcessId } from './fleet-order.ts';
import { isAlive, readEnvironment, readProcess } from './proc/process-table.ts';

const TRACKING = 'RUNNER_TRACKING_ID';
const OWNER_POLL_MS = 1_000;

/**
 * The process whose end is the end of the job: the first ancestor that does not carry the job's RUNNER_TRACKING_ID
 * itself (the runner's worker gives it to what it starts). Where that cannot be read, it is the parent.
 *
 * @returns null outside of a job
 */
export function findOwnerOfJob(trackingId: string | undefined, from = process.ppid): ProcessId | null {
  if (trackingId === undefined || trackingId === '') return null;
  const carries = (pid: number) => readEnvironment(pid)?.includes(`${TRACKING}=${trackingId}`) === true;
  let facts = readProcess(from);
  while (facts !== undefined && facts.parent > 1 && carries(facts.pid)) facts = readProcess(facts.parent);
  return facts === undefined || facts.pid <= 1 ? null : { pid: facts.pid, startTime: facts.startTime };
}

/** Calls once when the owner is gone. @returns a function that ends the watch */
export function watchOwner(owner: ProcessId | null, onGone: () => void): () => void {
  if (owner === null) return () => undefined;
  const timer = setInterval(() => {
    if (isAlive(owner)) return;
    clearInterval(timer);
    onGone();
  }, OWNER_POLL_MS);
  return () => clearInterval(timer);
}
