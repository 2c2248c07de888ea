import { formatDuration } from '../duration.ts';
import type { ServerSpec } from './server-spec.ts';
import { backoffMs, MISSES_UNTIL_KILLED } from './server-status.ts';
import type { ServerFault, ServerStatus } from './server-status.ts';

/** What happens to one server. */
export type ServerEvent =
  | { readonly type: 'ready' }
  /** It was not ready in time. */
  | { readonly type: 'not-ready'; readonly fault: ServerFault }
  /** Its process is gone, or could not be started. `again: false`: starting it once more would change nothing. */
  | { readonly type: 'exited'; readonly fault: ServerFault; readonly again: boolean; readonly jitter: number }
  | { readonly type: 'answered' }
  | { readonly type: 'unanswered'; readonly fault: ServerFault }
  | { readonly type: 'restart-due' };

/** What an interpreter has to do for one server. */
export type ServerEffect =
  | { readonly type: 'spawn'; readonly name: string }
  /** `gently`: SIGTERM first. `at-once`: SIGKILL, for one that does not answer. */
  | { readonly type: 'kill'; readonly name: string; readonly how: 'gently' | 'at-once' }
  | { readonly type: 'schedule-restart'; readonly name: string; readonly delayMs: number };

/** A server, when it happens, and what is known of it. */
export interface ServerContext {
  readonly spec: Pick<ServerSpec, 'name' | 'restart'>;
  readonly atMs: number;
}

interface Step {
  readonly status: ServerStatus;
  readonly effects: readonly ServerEffect[];
}

const quiet = (status: ServerStatus): Step => ({ status, effects: [] });

/** The state of one server after an event, and what is to be done; needs and slots are the fleet's business. */
export function transitionServer(status: ServerStatus, event: ServerEvent, context: ServerContext): Step {
  switch (event.type) {
    case 'ready':
      return quiet(status.state === 'starting' ? healthy(status, context.atMs) : status);
    case 'not-ready':
      return status.state === 'starting'
        ? killed(status, event.fault, { ...context, how: 'gently' })
        : quiet(status);
    case 'answered':
      return quiet(answered(status));
    case 'unanswered':
      return unanswered(status, event.fault, context);
    case 'restart-due':
      return quiet(
        status.state === 'crashed' && status.process === 'none' ? { ...status, state: 'pending' } : status,
      );
    case 'exited':
      return exited(status, event, context);
  }
}

/** @returns the status of a server that is being spawned. */
export function spawned(status: ServerStatus, atMs: number): ServerStatus {
  const isRestart = status.crashedAtMs !== null;
  return {
    ...status,
    state: 'starting',
    process: 'running',
    because: null,
    attempts: status.attempts + 1,
    restarts: status.restarts + (isRestart ? 1 : 0),
    restartTimesMs: isRestart ? [...status.restartTimesMs, atMs] : status.restartTimesMs,
    misses: 0,
    firstSpawnedAtMs: status.firstSpawnedAtMs ?? atMs,
    spawnedAtMs: atMs,
  };
}

function healthy(status: ServerStatus, atMs: number): ServerStatus {
  const { crashedAtMs, spawnedAtMs, recoveriesMs } = status;
  return {
    ...status,
    state: 'healthy',
    fault: null,
    misses: 0,
    readyMs: spawnedAtMs === null ? null : atMs - spawnedAtMs,
    crashedAtMs: null,
    failedAtMs: null,
    recoveriesMs: crashedAtMs === null ? recoveriesMs : [...recoveriesMs, atMs - crashedAtMs],
  };
}

function answered(status: ServerStatus): ServerStatus {
  if (status.misses === 0 || (status.state !== 'degraded' && status.state !== 'healthy')) return status;
  return { ...status, state: 'healthy', because: null, fault: null, misses: 0 };
}

function unanswered(status: ServerStatus, fault: ServerFault, context: ServerContext): Step {
  if (status.state !== 'healthy' && status.state !== 'degraded') return quiet(status);
  const misses = status.misses + 1;
  if (misses >= MISSES_UNTIL_KILLED)
    return killed({ ...status, misses }, fault, { ...context, how: 'at-once' });
  return quiet({ ...status, state: 'degraded', because: null, fault, misses });
}

function killed(
  status: ServerStatus,
  fault: ServerFault,
  { spec, atMs, how }: ServerContext & { how: 'gently' | 'at-once' },
): Step {
  const next: ServerStatus = {
    ...status,
    state: 'crashed',
    process: 'ending',
    fault,
    crashedAtMs: status.crashedAtMs ?? atMs,
  };
  return { status: next, effects: [{ type: 'kill', name: spec.name, how }] };
}

function exited(
  before: ServerStatus,
  event: ServerEvent & { type: 'exited' },
  { spec, atMs }: ServerContext,
): Step {
  const status: ServerStatus = { ...before, process: 'none' };
  if (status.wanted === 'down') return quiet({ ...status, state: 'stopped', because: null });
  if (status.wanted === 'again') {
    return quiet({
      ...status,
      state: 'pending',
      wanted: 'up',
      because: null,
      fault: null,
      restartTimesMs: [],
      crashedAtMs: null,
    });
  }
  if (status.state === 'failed') return quiet(status);
  // One that was killed for a fault keeps that fault: its exit says nothing new.
  const fault = status.state === 'crashed' && status.fault !== null ? status.fault : event.fault;
  const recent = status.restartTimesMs.filter((time) => time > atMs - spec.restart.windowMs);
  const crashed: ServerStatus = {
    ...status,
    state: 'crashed',
    because: null,
    fault,
    restartTimesMs: recent,
    crashedAtMs: status.crashedAtMs ?? atMs,
  };
  const failed: ServerStatus = { ...crashed, state: 'failed', failedAtMs: atMs };
  if (!event.again) return quiet(failed);
  if (recent.length >= spec.restart.limit) return quiet({ ...failed, fault: exhausted(fault, spec) });
  const delayMs = backoffMs(recent.length, event.jitter);
  return { status: crashed, effects: [{ type: 'schedule-restart', name: spec.name, delayMs }] };
}

function exhausted(fault: ServerFault, { restart }: Pick<ServerSpec, 'restart'>): ServerFault {
  if (restart.limit === 0) return fault;
  const count = restart.limit === 1 ? 'once' : `${restart.limit} times`;
  const times = `restarted ${count} within ${formatDuration(restart.windowMs)}`;
  return { ...fault, message: `${fault.message} (${times})` };
}
