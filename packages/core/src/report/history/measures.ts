import type { RunRecord } from './run-record.ts';

type Deployed = RunRecord & { readonly deployment: NonNullable<RunRecord['deployment']> };

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A number with what it was made of; `value` is null where there was nothing to measure. */
export interface Measure {
  readonly name: string;
  readonly unit: 'per week' | 'ms' | 'share' | 'count';
  readonly value: number | null;
  /** How many runs or deployments it is made of. */
  readonly of: number;
}

/** A measure with what was promised (the product's own figures). */
export interface Promised extends Measure {
  readonly limit: number;
  /** `most`: the value may be at most the limit; `least`: it must be at least that. */
  readonly bound: 'most' | 'least';
}

const isGood = ({ deployment }: Deployed) =>
  deployment.status === 'success' || deployment.status === 'warning';
const finishedMs = ({ deployment }: Deployed) => Date.parse(deployment.finishedAt);

/** @returns the middle value, of two the mean; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

const present = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
const shareOf = <T>(list: readonly T[], holds: (one: T) => boolean) =>
  list.length === 0 ? null : list.filter(holds).length / list.length;

/** Runs with a deployment, oldest first; those that were cancelled say nothing about the change. */
function deployedRuns(records: readonly RunRecord[]): readonly Deployed[] {
  const deployed = records.filter((record): record is Deployed => record.deployment !== null);
  // Times are parsed once each, not once a comparison: a history has thousands.
  return deployed
    .filter(({ deployment }) => deployment.status !== 'cancelled')
    .map((record) => ({ record, ms: finishedMs(record) }))
    .toSorted((a, b) => a.ms - b.ms)
    .map(({ record }) => record);
}

/** From the first failure to the next good deployment of the same environment. */
function restoreTimes(deployed: readonly Deployed[]): readonly number[] {
  const brokenSince = new Map<string, number>();
  const times: number[] = [];
  for (const record of deployed) {
    const since = brokenSince.get(record.environment);
    if (!isGood(record)) brokenSince.set(record.environment, since ?? finishedMs(record));
    else if (since !== undefined) {
      times.push(finishedMs(record) - since);
      brokenSince.delete(record.environment);
    }
  }
  return times;
}

/** A single day would make one deployment seven a week; shorter histories count as a week. */
function perWeek(good: readonly Deployed[], nowMs: number): number | null {
  const first = good[0];
  if (first === undefined) return null;
  return good.length / (Math.max(WEEK_MS, nowMs - finishedMs(first)) / WEEK_MS);
}

/** @returns the four measures of DORA (dora.dev): frequency, lead time, change failure rate, time to restore. */
export function doraOf(records: readonly RunRecord[], nowMs: number): readonly Measure[] {
  const deployed = deployedRuns(records);
  const good = deployed.filter(isGood);
  const leads = good.flatMap((record) =>
    record.committedAt === null ? [] : [Math.max(0, finishedMs(record) - Date.parse(record.committedAt))],
  );
  const restores = restoreTimes(deployed);
  return [
    { name: 'Deployment frequency', unit: 'per week', value: perWeek(good, nowMs), of: good.length },
    { name: 'Lead time (median)', unit: 'ms', value: median(leads), of: leads.length },
    {
      name: 'Change failure rate',
      unit: 'share',
      value: shareOf(deployed, (record) => !isGood(record)),
      of: deployed.length,
    },
    { name: 'Time to restore (median)', unit: 'ms', value: median(restores), of: restores.length },
  ];
}

const MINUTE_MS = 60_000;

const least = (name: string, value: number | null, rest: { limit: number; of: number }): Promised => ({
  name,
  unit: 'share',
  value,
  bound: 'least',
  ...rest,
});

const most = (name: string, values: readonly number[], limit: number): Promised => ({
  name,
  unit: 'ms',
  value: values.length === 0 ? null : values.reduce((longest, value) => Math.max(longest, value), 0),
  bound: 'most',
  limit,
  of: values.length,
});

const LEAST_JOBS = 0.95;

/** The master workflow's jobs that build and look at the code. */
function jobPromises(records: readonly RunRecord[]): readonly Promised[] {
  const names = { qualityPassed: 'Lint and security pass', buildPassed: 'Builds and tests pass' } as const;
  return (['qualityPassed', 'buildPassed'] as const).map((key) => {
    const ran = records.filter((record) => record[key] !== null);
    const share = shareOf(ran, (record) => record[key] === true);
    return least(names[key], share, { limit: LEAST_JOBS, of: ran.length });
  });
}

const ROLLBACK = 'Longest rollback';

/** What is promised of a deployment, also of the part of it in one region. */
function deploymentPromises(records: readonly RunRecord[]): readonly Promised[] {
  const deployed = deployedRuns(records);
  const rollbacks = present(deployed.map(({ deployment }) => deployment.rollbackMs));
  const durations = deployed.filter(isGood).map(({ deployment }) => deployment.durationMs);
  return [
    least('Deployments succeed', shareOf(deployed, isGood), { limit: 0.9, of: deployed.length }),
    most(ROLLBACK, rollbacks, 5 * MINUTE_MS),
    most('Longest deployment', durations, 15 * MINUTE_MS),
  ];
}

/**
 * @returns what the product promises, each with what it really was. Two minutes for the start of the fleet are the
 *   configuration's own default (`start-timeout`); the other limits are the original system's promises.
 */
export function promisesOf(records: readonly RunRecord[]): readonly Promised[] {
  const gates = records.filter(({ gatePassed }) => gatePassed !== null);
  const healthy = present(records.map(({ serversHealthy }) => serversHealthy));
  const started = present(records.map(({ serversStarted }) => serversStarted));
  const fleetStarts = present(records.map(({ fleetReadyMs }) => fleetReadyMs));
  const recoveries = present(records.map(({ recoveryMs }) => recoveryMs));
  const coverages = present(records.map(({ coverage }) => coverage));
  const findings = present(records.map(({ criticalFindings }) => criticalFindings));
  return [
    least(
      'Gate passes',
      shareOf(gates, (record) => record.gatePassed === true),
      { limit: 0.95, of: gates.length },
    ),
    ...deploymentPromises(records),
    least('Servers start', mean(started), { limit: 0.9, of: started.length }),
    most('Longest start of the fleet', fleetStarts, 2 * MINUTE_MS),
    least('Servers are healthy', mean(healthy), { limit: 0.95, of: healthy.length }),
    most('Longest recovery of a server', recoveries, 2 * MINUTE_MS),
    ...jobPromises(records),
    least('Coverage, last run', coverages.at(-1) ?? null, { limit: 0.8, of: coverages.length }),
    {
      name: 'Findings of level error, last run',
      unit: 'count',
      value: findings.at(-1) ?? null,
      bound: 'most',
      limit: 0,
      of: findings.length,
    },
  ];
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** @returns whether a promise was kept; undefined where nothing was measured. */
export function isKept({ value, limit, bound }: Promised): boolean | undefined {
  if (value === null) return undefined;
  return bound === 'most' ? value <= limit : value >= limit;
}

/** What is known of one region of one environment. */
export interface RegionMeasures {
  readonly environment: string;
  readonly region: string;
  readonly dora: readonly Measure[];
  readonly promises: readonly Promised[];
  /** How the newest deployment went there. */
  readonly isLastGood: boolean;
}

/** The record as one region saw it. Where the deployment was rolled back the region has the old release again. */
function inRegion(record: Deployed, { good, durationMs }: Region): Deployed {
  const { deployment } = record;
  const ended = good && isGood(record) ? 'success' : 'failure';
  const status = deployment.status === 'cancelled' ? 'cancelled' : ended;
  return { ...record, deployment: { ...deployment, status, durationMs, rollbackMs: null } };
}

type Region = Deployed['deployment']['regions'][number];

/**
 * @returns the four measures of DORA, and the promises that can be told there, for each region of each environment, in
 *   their order by name. Gates, servers, coverage and rollbacks are not recorded by region.
 */
export function regionMeasures(records: readonly RunRecord[], nowMs: number): readonly RegionMeasures[] {
  const groups = new Map<string, { environment: string; region: string; visits: Deployed[] }>();
  for (const record of deployedRuns(records))
    for (const region of record.deployment.regions) {
      const { environment } = record;
      const key = JSON.stringify([environment, region.name]);
      const group = groups.get(key) ?? { environment, region: region.name, visits: [] };
      group.visits.push(inRegion(record, region));
      groups.set(key, group);
    }
  return [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([, { environment, region, visits }]) => ({
      environment,
      region,
      dora: doraOf(visits, nowMs),
      promises: deploymentPromises(visits).filter(({ name }) => name !== ROLLBACK),
      isLastGood: visits.at(-1)?.deployment.status === 'success',
    }));
}
