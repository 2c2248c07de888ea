import { mkdtemp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JournalEvent } from '@sophia/core/deploy/event';
import { verifyJournal } from '@sophia/core/deploy/verify-journal';
import type { Report } from '@sophia/core/report/envelope';
import { stringify } from 'yaml';

import { runBundle } from './run-bundle.ts';
import type { BundleRequest, BundleRun } from './run-bundle.ts';

/** A folder with a configuration, in which deployments run. */
export interface Workspace {
  readonly directory: string;
  path(...parts: readonly string[]): string;
  read(...parts: readonly string[]): Promise<string>;
  deploy(request?: Partial<BundleRequest>): Promise<BundleRun>;
  report(deploymentId: string): Promise<Report>;
  /** The events of an intact journal; anything else throws. */
  journal(deploymentId: string): Promise<readonly JournalEvent[]>;
  /** What steps noted in `world.log`: one word a line. */
  world(): Promise<readonly string[]>;
}

/** @returns a new folder with the `deployment` section as its configuration. */
export async function makeWorkspace(
  deployment: unknown,
  others: Readonly<Record<string, unknown>> = {},
): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'sophia deploy-'));
  await mkdir(join(directory, '.github'));
  await writeFile(join(directory, '.github', 'sophia.yml'), stringify({ version: 1, ...others, deployment }));
  const path = (...parts: readonly string[]) => join(directory, ...parts);
  const read = (...parts: readonly string[]) => readFile(path(...parts), 'utf8');
  return {
    directory,
    path,
    read,
    deploy: (request = {}) => runBundle({ action: 'deploy-phase', directory, ...request }),
    report: async (id) => JSON.parse(await read('logs', 'deployments', `${id}-report.json`)) as Report,
    async journal(id) {
      const verdict = verifyJournal(await read('logs', 'deployments', `${id}.jsonl`), id);
      if (verdict.state !== 'intact') throw new Error(verdict.message);
      return verdict.events;
    },
    world: async () => (await read('world.log').catch(() => '')).split('\n').filter((line) => line !== ''),
  };
}

/** A step that notes what it does, and its undo. */
export const noted = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  run: `echo +${name} >> world.log`,
  undo: `echo -${name} >> world.log`,
  ...more,
});

/** Waits until a condition holds; throws after ten seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come true within ten seconds');
}

/** A process that ended but was not waited for yet does not run. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}
