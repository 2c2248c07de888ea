import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chainEvent, EMPTY_HEAD } from '@sophia/core/deploy/chain-event';
import type { EventBody, JournalEvent } from '@sophia/core/deploy/event';
import { verifyJournal } from '@sophia/core/deploy/verify-journal';
import { wavesOf } from '@sophia/core/graph';

import { median, smallest } from './measure.ts';
import type { Benchmark, Figure } from './measure.ts';

const RUNS = 3;
const STEPS = 100;
const PHASES = 10;
const SLEEPS = 20;
const LINES = 100_000;

const bundle = join(import.meta.dirname, '../release/deploy-phase/dist/index.js');
const BASH = ['--noprofile', '--norc', '-eo', 'pipefail'];

interface Step {
  readonly name: string;
  readonly run: string;
  readonly undo: string;
}
interface Phase {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** @returns a step for each command, with nothing to undo. */
const stepsOf = (commands: readonly string[]): readonly Step[] =>
  commands.map((run, index) => ({ name: `s${index}`, run, undo: 'none' }));

/** Runs a deployment of the built bundle. @returns its journal */
function deploy(phases: readonly Phase[]): readonly JournalEvent[] {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  mkdirSync(join(directory, '.github'));
  const written = phases.map((phase) => ({ needs: [], ...phase }));
  writeFileSync(
    join(directory, '.github/sophia.yml'),
    JSON.stringify({ version: 1, deployment: { phases: written } }),
  );
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, 'INPUT_DEPLOYMENT-ID': 'bench' };
  spawnSync(process.execPath, [bundle], { cwd: directory, env });
  const verdict = verifyJournal(readFileSync(join(directory, 'logs/deployments/bench.jsonl'), 'utf8'));
  rmSync(directory, { recursive: true });
  if (verdict.state !== 'intact') throw new Error(verdict.message);
  return verdict.events;
}

const timeOf = (event: JournalEvent | undefined) => Date.parse(event?.time ?? '');
const spanMs = (events: readonly JournalEvent[]) => timeOf(events.at(-1)) - timeOf(events[0]);

/** The same commands by a bare script: one bash each, phases side by side. */
async function bareMs(phases: readonly Phase[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  const started = performance.now();
  await Promise.all(
    phases.map(async ({ name, steps }) => {
      const script = join(directory, `${name}.sh`);
      for (const { run } of steps) {
        writeFileSync(script, run);
        await new Promise((done) => spawn('bash', [...BASH, script], { stdio: 'ignore' }).on('close', done));
      }
    }),
  );
  const durationMs = performance.now() - started;
  rmSync(directory, { recursive: true });
  return durationMs;
}

async function stepFigure(): Promise<Figure> {
  const phases = [{ name: 'p', steps: stepsOf(Array.from({ length: STEPS }, () => 'true')) }];
  const over: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const bare = await bareMs(phases);
    over.push((spanMs(deploy(phases)) - bare) / STEPS);
  }
  return {
    name: 'a step over a bare spawn, with its flush',
    value: Math.max(0, smallest(over)),
    unit: 'ms',
    limit: 10,
  };
}

async function sideBySideFigure(): Promise<Figure> {
  const steps = stepsOf(Array.from({ length: SLEEPS }, () => 'sleep 1'));
  const phases = Array.from({ length: PHASES }, (_, index) => ({ name: `p${index}`, steps }));
  const bare = await bareMs(phases);
  return {
    name: `${PHASES} phases of ${SLEEPS} x sleep 1, over a bare script`,
    value: spanMs(deploy(phases)) / bare,
    unit: 'x',
    limit: 1.1,
  };
}

/** From the last thing that a failing program does to the first that an undo does, both by bash's own microseconds. */
function rollbackFigure(): Figure {
  const times = Array.from({ length: RUNS }, () => {
    const notes = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
    const note = (name: string) => `echo "$EPOCHREALTIME" > '${join(notes, name)}'`;
    deploy([
      {
        name: 'p',
        steps: [
          { name: 'done', run: 'true', undo: note('undone') },
          { name: 'fails', run: `${note('failed')}; exit 1`, undo: 'none' },
        ],
      },
    ]);
    const secondsAt = (name: string) => Number(readFileSync(join(notes, name), 'utf8').replace(',', '.'));
    const durationMs = (secondsAt('undone') - secondsAt('failed')) * 1_000;
    rmSync(notes, { recursive: true });
    return durationMs;
  });
  return { name: 'from a failure to the first undo, running', value: median(times), unit: 'ms', limit: 100 };
}

const DEMONSTRATION = join(import.meta.dirname, '../out/demo/logs/deployments');

/** @returns journal and report of the demonstration's deployment, where there is one that ended well. */
function demonstrated(): { events: readonly JournalEvent[]; durationMs: number } | undefined {
  if (!existsSync(DEMONSTRATION)) return undefined;
  const name = readdirSync(DEMONSTRATION).find((file) => file.endsWith('.jsonl'));
  if (name === undefined) return undefined;
  const read = (file: string) => readFileSync(join(DEMONSTRATION, file), 'utf8');
  const verdict = verifyJournal(read(name));
  const last = verdict.state === 'intact' ? verdict.events.at(-1) : undefined;
  if (verdict.state !== 'intact' || last?.type !== 'deployment.finished' || last.status !== 'success')
    return undefined;
  const report = JSON.parse(read(name.replace('.jsonl', '-report.json'))) as { durationMs: number };
  return { events: verdict.events, durationMs: report.durationMs };
}

/** The longest way through the phases, by the steps' own durations: without what a `before` takes. */
function criticalPathMs(events: readonly JournalEvent[]): number {
  const [started] = events;
  if (started?.type !== 'deployment.started') throw new Error('a journal begins with its deployment');
  const ownMs = (phase: string) =>
    events.reduce(
      (sum, event) =>
        event.type === 'step.finished' && event.phase === phase ? sum + event.durationMs : sum,
      0,
    );
  const ends = new Map<string, number>();
  // Phases that need others may stand before them in the file.
  for (const wave of wavesOf(new Map(started.plan.phases.map(({ name, needs }) => [name, needs]))))
    for (const name of wave) {
      const needs = started.plan.phases.find((phase) => phase.name === name)?.needs ?? [];
      ends.set(name, Math.max(0, ...needs.map((need) => ends.get(need) ?? 0)) + ownMs(name));
    }
  return Math.max(0, ...ends.values());
}

/** What the seven phases of `npm start` take, from the action's start to its report, over their commands. */
function demonstrationFigure(): Figure {
  const isThere = demonstrated() !== undefined;
  if (!isThere) spawnSync(process.execPath, [join(import.meta.dirname, '../scripts/start.mjs')]);
  const found = demonstrated();
  if (found === undefined) throw new Error('npm start did not end well: run it and see why');
  return {
    name: 'the seven phases of npm start, over their commands',
    value: found.durationMs / criticalPathMs(found.events),
    unit: 'x',
    limit: 1.2,
    note: isThere ? 'from the last npm start' : 'from an npm start just now',
  };
}

function verifyFigure(): Figure {
  let head = EMPTY_HEAD;
  const lines: string[] = [];
  const add = (body: EventBody) => {
    const chained = chainEvent(head, body, 0);
    head = chained.head;
    lines.push(chained.line);
  };
  const [started] = deploy([{ name: 'p', steps: stepsOf(['true']) }]);
  if (started?.type !== 'deployment.started') throw new Error('a journal begins with its deployment');
  const { seq: _seq, time: _time, prev: _prev, ...body } = started;
  add(body);
  while (lines.length < LINES) add({ type: 'step.started', phase: 'p', step: `s${lines.length}` });
  const text = lines.map((line) => `${line}\n`).join('');
  const times = Array.from({ length: RUNS }, () => {
    const begun = performance.now();
    verifyJournal(text);
    return performance.now() - begun;
  });
  return { name: `a journal of ${LINES} lines, verified`, value: smallest(times), unit: 'ms', limit: 1_000 };
}

/** What a saga costs over its commands. */
export const benchmark: Benchmark = {
  title: 'A deployment of the built bundle, beside the same commands by a bare script',
  run: async () => [
    await stepFigure(),
    await sideBySideFigure(),
    rollbackFigure(),
    verifyFigure(),
    demonstrationFigure(),
  ],
};
