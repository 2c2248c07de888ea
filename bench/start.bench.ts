import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ACTION_NAMES } from '@sophia/core/report/envelope';

import { smallest } from './measure.ts';
import type { Benchmark } from './measure.ts';

const RUNS = 15;
const release = join(import.meta.dirname, '../release');

/** A new folder each time: a report that one bundle leaves is no empty environment for the next. */
function timeOf(file: string): number {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  const started = performance.now();
  spawnSync(process.execPath, [file], { cwd: directory, env: { PATH: process.env['PATH'] } });
  const durationMs = performance.now() - started;
  rmSync(directory, { recursive: true });
  return durationMs;
}

/** Each bundle in an empty environment, until it has refused it, beside an empty module: 15 runs, interleaved. */
export const benchmark: Benchmark = {
  title: 'Start of each bundle until it refuses an empty environment (minimum of 15 interleaved runs)',
  run() {
    const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
    const empty = join(directory, 'empty.mjs');
    writeFileSync(empty, '');
    const files = new Map([
      ['empty', empty],
      ...ACTION_NAMES.map((name) => [name, join(release, name, 'dist/index.js')] as const),
    ]);
    const times = new Map([...files.keys()].map((name) => [name, [] as number[]]));
    for (let run = 0; run < RUNS; run += 1) {
      for (const [name, file] of files) times.get(name)?.push(timeOf(file));
    }
    const least = (name: string) => smallest(times.get(name) ?? []);
    const base = least('empty');
    return Promise.resolve([
      { name: 'an empty module', value: base, unit: 'ms' as const },
      ...ACTION_NAMES.map((name) => ({ name, value: least(name) / base, unit: 'x' as const, limit: 1.5 })),
    ]);
  },
};
