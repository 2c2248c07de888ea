import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chainEvent, EMPTY_HEAD } from '@sophia/core/deploy/chain-event';
import type { EventBody, JournalEvent } from '@sophia/core/deploy/event';
import { verifyJournal } from '@sophia/core/deploy/verify-journal';

import { smallest } from './measure.ts';
import type { Benchmark, Figure } from './measure.ts';

const RUNS = 3;
const STEPS = 100;
const PHASES = 10;
const SLEEPS = 20;
const LINES = 100_000;

const bundle = join(import.meta.dirname, '../release/deploy-phase/dist/index.js');
const BASH = ['--noprofile', '--norc', '-eo', 'pipefail'];

interface Phase {
  readonly name: string;
  readonly steps: readonly string[];
}

/** Runs a deployment of the built bundle. @returns its journal */
function deploy(phases: readonly Phase[]): readonly JournalEvent[] {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  mkdirSync(join(directory, '.github'));
  const written = phases.map(({ name, steps }) => ({
    name,
    needs: [],
    steps: steps.map((run, index) => ({ name: `s${index}`, run, undo: 'none' })),
  }));
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
      for (const step of steps) {
        writeFileSync(script, step);
        await new Promise((done) => spawn('bash', [...BASH, script], { stdio: 'ignore' }).on('close', done));
      }
    }),
  );
  const durationMs = performance.now() - started;
  rmSync(directory, { recursive: true });
  return durationMs;
}

async function stepFigure(): Promise<Figure> {
  const phases = [{ name: 'p', steps: Array.from({ length: STEPS }, () => 'true') }];
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
  const steps = Array.from({ length: SLEEPS }, () => 'sleep 1');
  const phases = Array.from({ length: PHASES }, (_, index) => ({ name: `p${index}`, steps }));
  const bare = await bareMs(phases);
  return {
    name: `${PHASES} phases of ${SLEEPS} x sleep 1, over a bare script`,
    value: spanMs(deploy(phases)) / bare,
    unit: 'x',
    limit: 1.1,
  };
}

function rollbackFigure(): Figure {
  const events = deploy([{ name: 'p', steps: ['true', 'exit 1'] }]);
  const failed = events.find((event) => event.type === 'step.finished' && event.exitCode !== 0);
  const begun = events.find(({ type }) => type === 'rollback.started');
  return {
    name: 'from a failure to its rollback',
    value: timeOf(begun) - timeOf(failed),
    unit: 'ms',
    limit: 100,
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
  const [started] = deploy([{ name: 'p', steps: ['true'] }]);
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
  run: async () => [await stepFigure(), await sideBySideFigure(), rollbackFigure(), verifyFigure()],
};
