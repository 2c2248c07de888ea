import { wavesOf } from '../graph.ts';
import type { ServerSpec } from './server-spec.ts';

/** What starting a fleet will do, and how long it can take at most. */
export interface FleetPlan {
  /** The order of starting: what is needed first, then by priority, then by the longest path that waits for it. */
  readonly order: readonly string[];
  /** Servers that may start side by side. */
  readonly waves: readonly (readonly string[])[];
  /** The chain of needs with the longest ready-timeouts. */
  readonly criticalPath: { readonly names: readonly string[]; readonly limitMs: number };
  /** Milliseconds after which everything is ready or has failed, restarts left out. */
  readonly boundMs: number;
  readonly concurrency: number;
}

type Planned = Pick<ServerSpec, 'name' | 'needs' | 'priority' | 'readyTimeoutMs'>;

/** Limits of a start. */
export interface PlanLimits {
  readonly concurrency: number;
  readonly startTimeoutMs: number;
}

/** @returns for each server the milliseconds of the longest chain from it to the last that waits for it. */
function remainingPaths(servers: readonly Planned[]): ReadonlyMap<string, number> {
  const dependents = dependentsOf(servers);
  const byName = new Map(servers.map((server) => [server.name, server]));
  const lengths = new Map<string, number>();
  const lengthOf = (name: string): number => {
    const known = lengths.get(name);
    if (known !== undefined) return known;
    const own = byName.get(name)?.readyTimeoutMs ?? 0;
    const length = own + Math.max(0, ...(dependents.get(name) ?? []).map(lengthOf));
    lengths.set(name, length);
    return length;
  };
  for (const { name } of servers) lengthOf(name);
  return lengths;
}

/** @returns for each server the names of those that need it. */
export function dependentsOf(
  servers: readonly Pick<ServerSpec, 'name' | 'needs'>[],
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(servers.map(({ name }) => [name, []]));
  for (const { name, needs } of servers) for (const need of needs) dependents.get(need)?.push(name);
  return dependents;
}

/**
 * Servers by the rank with which they start among those that may: smaller priority first, then the longest
 * remaining path, then the order of the file.
 */
export function rankServers<T extends Planned>(servers: readonly T[]): readonly T[] {
  const paths = remainingPaths(servers);
  const length = ({ name }: Planned) => paths.get(name) ?? 0;
  return servers.toSorted((a, b) => a.priority - b.priority || length(b) - length(a));
}

/** Plans the start of a fleet without a cycle. */
export function planFleet(servers: readonly Planned[], limits: PlanLimits): FleetPlan {
  const ranked = rankServers(servers);
  const started = new Set<string>();
  while (started.size < ranked.length) {
    const next = ranked.find(
      ({ name, needs }) => !started.has(name) && needs.every((need) => started.has(need)),
    );
    if (next === undefined) throw new Error('a plan needs a fleet without a cycle');
    started.add(next.name);
  }
  return {
    order: [...started],
    waves: wavesOf(new Map(ranked.map(({ name, needs }) => [name, needs]))),
    criticalPath: criticalPath(servers),
    boundMs: Math.min(limits.startTimeoutMs, makespanMs(ranked, limits.concurrency)),
    concurrency: limits.concurrency,
  };
}

function criticalPath(servers: readonly Planned[]): FleetPlan['criticalPath'] {
  const paths = remainingPaths(servers);
  const dependents = dependentsOf(servers);
  const longest = (names: readonly string[]) =>
    names.toSorted((a, b) => (paths.get(b) ?? 0) - (paths.get(a) ?? 0))[0];
  const names: string[] = [];
  let next = longest(servers.filter(({ needs }) => needs.length === 0).map(({ name }) => name));
  const limitMs = next === undefined ? 0 : (paths.get(next) ?? 0);
  while (next !== undefined) {
    names.push(next);
    next = longest(dependents.get(next) ?? []);
  }
  return { names, limitMs };
}

/** Plays the start through with every server as slow as it may be. */
function makespanMs(ranked: readonly Planned[], concurrency: number): number {
  const endMs = new Map<string, number>();
  let nowMs = 0;
  const isReady = (name: string) => (endMs.get(name) ?? Number.POSITIVE_INFINITY) <= nowMs;
  while (endMs.size < ranked.length) {
    const free = ranked.find(({ name, needs }) => !endMs.has(name) && needs.every(isReady));
    const running = [...endMs.values()].filter((end) => end > nowMs);
    if (free !== undefined && running.length < concurrency) endMs.set(free.name, nowMs + free.readyTimeoutMs);
    else nowMs = Math.min(...running);
  }
  return Math.max(0, ...endMs.values());
}
