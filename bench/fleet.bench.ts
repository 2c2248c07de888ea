import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePorts } from '@sophia/runtime/fleet/fixtures/test-fleet';

import { BenchFleet, KINDS, ownStartMs, serverOf } from './fleet-workload.ts';
import type { Kind } from './fleet-workload.ts';
import { concurrentlyAndWaitOn, installRivals, ours, pm2 } from './hundred-servers.ts';
import type { Rivals } from './hundred-servers.ts';
import { median } from './measure.ts';
import type { Benchmark, Figure } from './measure.ts';
import { pidsWith } from '../tests/e2e/pids-with.ts';
import { busySeconds, cpuSeconds, residentMb, sum } from './process-load.ts';

const RUNS = 5;
/** A round of a hundred servers takes minutes with the slowest of the three. */
const HUNDRED_RUNS = 3;
const REST_SECONDS = 20;

/** Twelve servers, three of each kind, and the seven edges between them: the longest way has three. */
const FLEET: readonly (readonly [name: string, kind: Kind, needs: readonly string[]])[] = [
  ['memory', 'bridge', []],
  ['store', 'stdio', []],
  ['search', 'http', ['memory']],
  ['notes', 'sse', ['memory']],
  ['agent', 'http', ['search', 'store']],
  ['planner', 'sse', ['notes']],
  ['writer', 'bridge', ['store']],
  ['reader', 'stdio', ['search']],
  ['mail', 'http', []],
  ['calendar', 'sse', []],
  ['tickets', 'bridge', []],
  ['metrics', 'stdio', []],
];
const kindOf = (name: string) => FLEET.find(([own]) => own === name)?.[1] ?? 'http';
/** Five to kill and to stop, one after the other: nothing else needs them, so nothing else moves. */
const VICTIMS = ['mail', 'agent', 'calendar', 'planner', 'tickets'];

const freePort = async () => (await freePorts(1))[0] ?? 0;

async function twelve(): Promise<BenchFleet> {
  const ports = await freePorts(FLEET.length);
  const servers = FLEET.map(([name, kind, needs], index) => [
    name,
    { ...serverOf(kind, ports[index] ?? 0), needs },
  ]);
  return new BenchFleet(Object.fromEntries(servers) as Record<string, unknown>);
}

/** @returns the longest way through the needs, each server at what it takes alone, in ms */
function criticalPathMs(own: Readonly<Record<Kind, number>>): number {
  const pathTo = (name: string): number => {
    const [, kind, needs] = FLEET.find(([known]) => known === name) ?? FLEET[0]!;
    return own[kind] + Math.max(0, ...needs.map(pathTo));
  };
  return Math.max(...FLEET.map(([name]) => pathTo(name)));
}

async function ownStarts(): Promise<Record<Kind, number>> {
  const measured = {} as Record<Kind, number>;
  for (const kind of KINDS) measured[kind] = await ownStartMs(kind, await freePort());
  return measured;
}

interface Start {
  readonly seconds: number;
  readonly floorSeconds: number;
  readonly otherCores: number;
}

/** One start, and the least that it can take: the longest way, or the servers' work spread over the cores that were free. */
async function startOnce(fleet: BenchFleet): Promise<Start> {
  const criticalSeconds = criticalPathMs(await ownStarts()) / 1_000;
  const before = { busy: busySeconds(), own: cpuSeconds('self') };
  const seconds = (await fleet.step('start')) / 1_000;
  const { fleetId, supervisor } = fleet.record();
  const servers = sum(pidsWith(`SOPHIA_FLEET_ID=${fleetId}`).map(cpuSeconds));
  const overhead = cpuSeconds(supervisor.pid) + cpuSeconds('self') - before.own;
  const otherCores = Math.max(0, (busySeconds() - before.busy - servers - overhead) / seconds);
  const cores = Math.max(1 / 2, availableParallelism() - otherCores);
  return { seconds, floorSeconds: Math.max(criticalSeconds, servers / cores), otherCores };
}

async function startFigures(): Promise<readonly Figure[]> {
  const starts: Start[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const fleet = await twelve();
    starts.push(await startOnce(fleet));
    await fleet.dispose();
  }
  const others = median(starts.map(({ otherCores }) => otherCores)).toFixed(1);
  const note = `median of ${RUNS}; other programs took ${others} of ${availableParallelism()} cores`;
  return [
    {
      name: '12 servers, 7 edges: the step',
      value: median(starts.map(({ seconds }) => seconds)),
      unit: 's',
      note,
    },
    {
      name: '  its floor: longest way, or CPU / free cores',
      value: median(starts.map(({ floorSeconds }) => floorSeconds)),
      unit: 's',
      note: 'longest way from servers started alone',
    },
    {
      name: '  step over floor',
      value: median(starts.map(({ seconds, floorSeconds }) => seconds / floorSeconds)),
      unit: 'x',
      limit: 1.15,
    },
  ];
}

function signalServer(fleet: BenchFleet, name: string, signal: NodeJS.Signals): number {
  const { pid } = fleet.record().servers[name] ?? { pid: 0 };
  if (pid <= 0) throw new Error(`${name} does not run`);
  const atMs = Date.now();
  process.kill(pid, signal);
  return atMs;
}

async function killFigures(fleet: BenchFleet): Promise<readonly Figure[]> {
  const noticed: number[] = [];
  const over: number[] = [];
  for (const name of VICTIMS) {
    const killedAtMs = signalServer(fleet, name, 'SIGKILL');
    noticed.push((await fleet.reached(name, 'crashed', killedAtMs)) - killedAtMs);
    const againMs = (await fleet.reached(name, 'healthy', killedAtMs)) - killedAtMs;
    over.push(againMs - (await ownStartMs(kindOf(name), await freePort())));
  }
  const note = `median of ${VICTIMS.length}`;
  return [
    { name: 'a killed server: noticed', value: median(noticed), unit: 'ms', limit: 150, note },
    { name: '  healthy again, over its own start', value: median(over), unit: 'ms', limit: 300, note },
  ];
}

async function hangFigure(fleet: BenchFleet): Promise<Figure> {
  const times: number[] = [];
  for (const name of VICTIMS) {
    const stoppedAtMs = signalServer(fleet, name, 'SIGSTOP');
    await fleet.reached(name, 'crashed', stoppedAtMs);
    times.push(((await fleet.reached(name, 'healthy', stoppedAtMs)) - stoppedAtMs) / 1_000);
  }
  return {
    name: 'a server that hangs: healthy again',
    value: median(times),
    unit: 's',
    limit: 10,
    note: `median of ${VICTIMS.length}, slowest ${Math.max(...times).toFixed(1)} s`,
  };
}

async function restFigures(fleet: BenchFleet): Promise<readonly Figure[]> {
  const { pid } = fleet.record().supervisor;
  const shares: number[] = [];
  const sizes: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = cpuSeconds(pid);
    await sleep(REST_SECONDS * 1_000);
    shares.push(((cpuSeconds(pid) - before) / REST_SECONDS) * 100);
    sizes.push(residentMb(pid));
  }
  const note = `median of ${RUNS} times ${REST_SECONDS} s`;
  return [
    { name: 'supervisor of 12 at rest: memory (RSS)', value: median(sizes), unit: 'MB', limit: 100, note },
    { name: 'supervisor of 12 at rest: of one core', value: median(shares), unit: '%', limit: 1.5, note },
  ];
}

async function livingFigures(): Promise<readonly Figure[]> {
  const fleet = await twelve();
  await fleet.step('start');
  try {
    return [...(await restFigures(fleet)), ...(await killFigures(fleet)), await hangFigure(fleet)];
  } finally {
    await fleet.dispose();
  }
}

async function hundredFigures(): Promise<readonly Figure[]> {
  const rivals = await installRivals();
  if (typeof rivals === 'string') console.log(`  not compared with pm2, concurrently and wait-on: ${rivals}`);
  try {
    return await compareHundred(typeof rivals === 'string' ? undefined : rivals);
  } finally {
    if (typeof rivals !== 'string') rivals.dispose();
  }
}

async function compareHundred(rivals: Rivals | undefined): Promise<readonly Figure[]> {
  const times = { ours: [] as number[], pm2: [] as number[], waitOn: [] as number[] };
  for (let run = 0; run < HUNDRED_RUNS; run += 1) {
    times.ours.push(await ours());
    if (rivals === undefined) continue;
    times.pm2.push(await pm2(rivals));
    times.waitOn.push(await concurrentlyAndWaitOn(rivals));
  }
  const note = `median of ${HUNDRED_RUNS}`;
  const own = median(times.ours);
  const seconds = (name: string, values: readonly number[]): Figure => ({
    name,
    value: median(values) / 1_000,
    unit: 's',
    note,
  });
  if (rivals === undefined) return [seconds('100 small servers, all answering: ours', times.ours)];
  const { versions } = rivals;
  return [
    seconds('100 small servers, all answering: ours', times.ours),
    seconds(`  pm2 ${versions.pm2}`, times.pm2),
    seconds(`  concurrently ${versions.concurrently}, wait-on ${versions['wait-on']}`, times.waitOn),
    { name: '  ours over pm2', value: own / median(times.pm2), unit: 'x', limit: 0.5 },
    { name: '  ours over concurrently + wait-on', value: own / median(times.waitOn), unit: 'x', limit: 0.33 },
  ];
}

/** What a fleet takes to come up, to heal, and to be kept. */
export const benchmark: Benchmark = {
  title: 'A fleet of the built bundle, beside the servers alone and beside other starters',
  run: async () => [...(await startFigures()), ...(await livingFigures()), ...(await hundredFigures())],
};
