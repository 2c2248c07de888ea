import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import type { Benchmark } from './measure.ts';

const root = join(import.meta.dirname, '..');

interface Job {
  readonly id: string;
  readonly durationMs: number;
}

/** The longest way through the jobs, each after those that it needs. */
function criticalPathMs(jobs: readonly Job[], needs: ReadonlyMap<string, readonly string[]>): number {
  const took = new Map(jobs.map(({ id, durationMs }) => [id, durationMs]));
  const known = new Map<string, number>();
  const until = (id: string): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const own = (took.get(id) ?? 0) + Math.max(0, ...(needs.get(id) ?? []).map(until));
    known.set(id, own);
    return own;
  };
  return Math.max(...[...needs.keys()].map(until));
}

/** The demonstration: nine jobs, real servers, a real deployment. */
export const benchmark: Benchmark = {
  title: 'The nine jobs of `npm start` (one run)',
  run() {
    const { status } = spawnSync(process.execPath, [join(root, 'scripts/start.mjs')], {
      cwd: root,
      stdio: 'ignore',
    });
    if (status !== 0) throw new Error(`npm start ended with ${String(status)}`);
    const result = JSON.parse(readFileSync(join(root, 'out/demo/workflow.json'), 'utf8')) as {
      durationMs: number;
      jobs: Job[];
    };
    const workflow = parse(readFileSync(join(root, '.github/workflows/master-deployment.yml'), 'utf8')) as {
      jobs: Record<string, { needs?: string | string[] }>;
    };
    const needs = new Map(Object.entries(workflow.jobs).map(([id, job]) => [id, [job.needs ?? []].flat()]));
    const pathMs = criticalPathMs(result.jobs, needs);
    return Promise.resolve([
      { name: 'the whole run', value: result.durationMs, unit: 'ms' as const },
      {
        name: 'over the critical path of its jobs',
        value: result.durationMs / pathMs,
        unit: 'x' as const,
        limit: 1.3,
      },
    ]);
  },
};
