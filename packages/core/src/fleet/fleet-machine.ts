import { dependentsOf, rankServers } from './plan-fleet.ts';
import type { ServerSpec } from './server-spec.ts';
import { freshStatus } from './server-status.ts';
import type { ServerFault, ServerStatus, StateName } from './server-status.ts';
import { spawned, transitionServer } from './server-transition.ts';
import type { ServerEffect, ServerEvent } from './server-transition.ts';

/** What the machine has to know of a fleet; it never changes while the fleet runs. */
export interface FleetDefinition {
  readonly servers: readonly ServerSpec[];
  readonly ranked: readonly ServerSpec[];
  readonly byName: ReadonlyMap<string, ServerSpec>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Starts at a time. */
  readonly concurrency: number;
}

export type FleetState = ReadonlyMap<string, ServerStatus>;

/** What happens to a fleet; `name` says to which server, where it is about one. */
export type FleetEvent =
  | { readonly type: 'begin' }
  | ({ readonly name: string } & ServerEvent)
  /** The time for the whole start is over. */
  | { readonly type: 'deadline'; readonly fault: ServerFault }
  | { readonly type: 'stop' }
  /** Stop these, and start them again with a clean record. */
  | { readonly type: 'restart'; readonly names: readonly string[] };

/** A fleet after an event, and what is to be done now. */
export interface FleetStep {
  readonly state: FleetState;
  readonly effects: readonly ServerEffect[];
}

/** @returns what the machine needs of a fleet without a cycle. */
export function defineFleet(servers: readonly ServerSpec[], concurrency: number): FleetDefinition {
  return {
    servers,
    ranked: rankServers(servers),
    byName: new Map(servers.map((server) => [server.name, server])),
    dependents: dependentsOf(servers),
    concurrency,
  };
}

/** @returns the fleet before anything was started. */
export const freshFleet = (definition: FleetDefinition): FleetState =>
  new Map(definition.servers.map(({ name }) => [name, freshStatus]));

/** An event with its time, in milliseconds since 1970. */
export type TimedEvent = FleetEvent & { readonly atMs: number };

/**
 * The whole behaviour of a fleet, as a function: the state after an event, and the effects that an interpreter has
 * to carry out. Replaying the same events gives the same state.
 */
export function transition(state: FleetState, event: TimedEvent, fleet: FleetDefinition): FleetStep {
  const own = apply(state, event, fleet);
  const servers = new Map(own.state);
  const effects = [...own.effects];
  heedNeeds(servers, fleet);
  effects.push(...startNext(servers, event.atMs, fleet), ...stopNext(servers, fleet));
  return { state: servers, effects };
}

function apply(state: FleetState, event: TimedEvent, fleet: FleetDefinition): FleetStep {
  switch (event.type) {
    case 'begin':
      return { state, effects: [] };
    case 'deadline':
      return deadline(state, event);
    case 'stop':
      return { state: mapStatus(state, (status) => leaving(status, 'down')), effects: [] };
    case 'restart':
      return {
        state: mapStatus(state, (status, name) =>
          event.names.includes(name) ? leaving(status, 'again') : status,
        ),
        effects: [],
      };
    default:
      return applyToServer(state, event, fleet);
  }
}

function applyToServer(
  state: FleetState,
  event: TimedEvent & { name: string } & ServerEvent,
  fleet: FleetDefinition,
): FleetStep {
  const status = state.get(event.name);
  const spec = fleet.byName.get(event.name);
  if (status === undefined || spec === undefined) return { state, effects: [] };
  const step = transitionServer(status, event, { spec, atMs: event.atMs });
  return { state: new Map(state).set(event.name, step.status), effects: step.effects };
}

function mapStatus(
  state: FleetState,
  change: (status: ServerStatus, name: string) => ServerStatus,
): FleetState {
  return new Map([...state].map(([name, status]) => [name, change(status, name)]));
}

/** A server that is to go; one without a process is there already. */
function leaving(status: ServerStatus, wanted: 'down' | 'again'): ServerStatus {
  if (status.process !== 'none') return { ...status, wanted };
  if (wanted === 'down') return { ...status, wanted, state: 'stopped', because: null };
  return {
    ...freshStatus,
    attempts: status.attempts,
    restarts: status.restarts,
    recoveriesMs: status.recoveriesMs,
  };
}

const UNFINISHED: ReadonlySet<StateName> = new Set(['pending', 'starting', 'crashed']);

/** @returns true where nothing more will happen by itself: each server is well, or can no longer become so. */
export const isSettled = (state: FleetState) =>
  ![...state.values()].some((status) => UNFINISHED.has(status.state) || status.process === 'ending');

/** @returns true where every server is stopped: then no process is left of the fleet, as far as the machine knows. */
export const isDown = (state: FleetState) => [...state.values()].every(({ state: own }) => own === 'stopped');

function deadline(
  state: FleetState,
  { fault, atMs }: { readonly fault: ServerFault; readonly atMs: number },
): FleetStep {
  const late = [...state].filter(([, status]) => UNFINISHED.has(status.state));
  const servers = new Map(state);
  const effects: ServerEffect[] = [];
  for (const [name, status] of late) {
    if (status.process === 'running') effects.push({ type: 'kill', name, how: 'gently' });
    const process = status.process === 'running' ? 'ending' : status.process;
    const failed = { ...status, state: 'failed', failedAtMs: atMs, process, because: null } as const;
    servers.set(name, { ...failed, fault: status.fault ?? fault });
  }
  return { state: servers, effects };
}

const HOPELESS: ReadonlySet<StateName> = new Set(['failed', 'blocked']);

/** Carries the state of each server to those that need it: blocked, degraded, and back. */
function heedNeeds(servers: Map<string, ServerStatus>, fleet: FleetDefinition): void {
  // As many rounds as the longest chain has links; each round only carries on what the one before changed.
  for (let changed = true; changed;) {
    changed = false;
    for (const { name, needs } of fleet.servers) {
      const status = servers.get(name) ?? freshStatus;
      const next = heed(status, (test) => needs.find((need) => test(servers.get(need)?.state ?? 'stopped')));
      if (next === status) continue;
      servers.set(name, next);
      changed = true;
    }
  }
}

function heed(
  status: ServerStatus,
  needThat: (test: (state: StateName) => boolean) => string | undefined,
): ServerStatus {
  if (status.wanted === 'down') return status;
  const hopeless = needThat((state) => HOPELESS.has(state));
  const unwell = needThat((state) => state !== 'healthy');
  switch (status.state) {
    case 'pending':
      return hopeless === undefined ? status : { ...status, state: 'blocked', because: hopeless };
    case 'blocked':
      if (hopeless === undefined) return { ...status, state: 'pending', because: null };
      return hopeless === status.because ? status : { ...status, because: hopeless };
    case 'healthy':
      return unwell === undefined ? status : { ...status, state: 'degraded', because: unwell };
    case 'degraded':
      if (status.because === null) return status;
      if (unwell === undefined) return { ...status, state: 'healthy', because: null };
      return unwell === status.because ? status : { ...status, because: unwell };
    default:
      return status;
  }
}

function startNext(servers: Map<string, ServerStatus>, atMs: number, fleet: FleetDefinition): ServerEffect[] {
  const stateOf = (name: string) => servers.get(name)?.state;
  let free = fleet.concurrency - [...servers.values()].filter(({ state }) => state === 'starting').length;
  const effects: ServerEffect[] = [];
  for (const { name, needs } of fleet.ranked) {
    const status = servers.get(name);
    if (free <= 0 || status?.state !== 'pending' || status.process !== 'none') continue;
    if (!needs.every((need) => stateOf(need) === 'healthy')) continue;
    servers.set(name, spawned(status, atMs));
    effects.push({ type: 'spawn', name });
    free -= 1;
  }
  return effects;
}

/** Reverse order: whoever is needed goes after those that need it. One that is only restarted does not wait. */
function stopNext(servers: Map<string, ServerStatus>, fleet: FleetDefinition): ServerEffect[] {
  const effects: ServerEffect[] = [];
  for (const [name, status] of servers) {
    if (status.wanted === 'up' || status.process !== 'running') continue;
    const dependents = status.wanted === 'down' ? (fleet.dependents.get(name) ?? []) : [];
    if (dependents.some((dependent) => servers.get(dependent)?.process !== 'none')) continue;
    servers.set(name, { ...status, process: 'ending' });
    effects.push({ type: 'kill', name, how: 'gently' });
  }
  return effects;
}
