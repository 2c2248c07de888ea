import { describe, expect, test } from '@jest/globals';

import type { JournalEvent } from '@sophia/core/deploy/event';
import { startGitHub } from '@sophia/standins/github';

import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import { killAtLine, lineCount } from './kill-at-line.ts';
import type { BundleRequest } from './run-bundle.ts';

const inputs = { 'deployment-id': 'd1' };

/** Each step takes a moment, so that a kill hits it in flight as often as between two. */
const step = (name: string) => ({
  name,
  run: `echo +${name} >> world.log; sleep 0.04`,
  undo: `echo -${name} >> world.log`,
});
const steps = (phase: string, count: number) =>
  Array.from({ length: count }, (_, index) => step(`${phase}${index}`));

/** Twenty steps: one after the other, then two phases side by side, then one that needs both. */
const workspace = (journal: 'file' | 'git-ref' = 'file') =>
  makeWorkspace({
    journal,
    phases: [
      { name: 'a', steps: steps('a', 5) },
      { name: 'b', steps: steps('b', 5) },
      { name: 'c', needs: ['a'], steps: steps('c', 5) },
      { name: 'd', needs: ['b', 'c'], steps: steps('d', 5) },
    ],
  });

/** 1 start, 4 phases and 20 steps with a start and an end each, 1 end. */
const LINES = 1 + 2 * 4 + 2 * 20 + 1;

const killAt = (work: Workspace, lines: number, request: Partial<BundleRequest> = {}) =>
  killAtLine(work, lines, { ...request, inputs: { ...request.inputs, ...inputs } });

/** For each step, in the order of the journal: `+` for a start, `-` for an undo that ended well. */
function history(events: readonly JournalEvent[]): ReadonlyMap<string, string> {
  const acts = new Map<string, string>();
  for (const event of events) {
    if (event.type !== 'step.started' && event.type !== 'undo.finished') continue;
    expect('exitCode' in event ? event.exitCode : 0).toBe(0);
    acts.set(event.step, (acts.get(event.step) ?? '') + (event.type === 'step.started' ? '+' : '-'));
  }
  return acts;
}

/** What really happened agrees with the journal: a start may have been killed before its first word, an undo never is. */
function expectWorld(world: readonly string[], acts: ReadonlyMap<string, string>): void {
  for (const [name, expected] of acts) {
    const real = world.filter((word) => word.slice(1) === name).map((word) => word[0]);
    const count = (sign: string, list: Iterable<string | undefined>) =>
      [...list].filter((one) => one === sign).length;
    expect([name, count('-', real)]).toEqual([name, count('-', expected)]);
    expect(count('+', real)).toBeLessThanOrEqual(count('+', expected));
  }
}

describe('a deployment of twenty steps that is killed at each line of its journal', () => {
  test('ends, resumed, with every step done, and undone only if it was in flight', async () => {
    let killed = 0;
    for (let lines = 1; lines < LINES; lines += 1) {
      const work = await workspace();
      if (!(await killAt(work, lines))) continue;
      killed += 1;
      const resumed = await work.deploy({ inputs });
      expect([lines, resumed.outputs['status']]).toEqual([lines, 'success']);
      const acts = history(await work.journal('d1'));
      expect(acts.size).toBe(20);
      for (const signs of acts.values()) expect(['+', '+-+']).toContain(signs);
      const inFlight = [...acts.values()].filter((signs) => signs !== '+').length;
      expect(inFlight).toBeLessThanOrEqual(2);
      expectWorld(await work.world(), acts);
    }
    expect(killed).toBeGreaterThan(LINES * 0.8);
  }, 900_000);

  test('ends, rolled back, with every step that was started undone exactly once', async () => {
    let killed = 0;
    for (let lines = 1; lines < LINES; lines += 1) {
      const work = await workspace();
      if (!(await killAt(work, lines))) continue;
      killed += 1;
      const back = await work.deploy({ inputs: { ...inputs, phase: 'rollback' } });
      expect([lines, back.outputs['status']]).toEqual([lines, 'rolled-back']);
      const acts = history(await work.journal('d1'));
      for (const signs of acts.values()) expect(signs).toBe('+-');
      expectWorld(await work.world(), acts);
      expect(await work.deploy({ inputs: { ...inputs, phase: 'rollback' } })).toMatchObject({ exitCode: 0 });
      expect(history(await work.journal('d1'))).toEqual(acts);
    }
    expect(killed).toBeGreaterThan(LINES * 0.8);
  }, 900_000);

  test('ends, with its rollback killed too at each line, with every step undone exactly once', async () => {
    for (let lines = LINES; lines < LINES + 40; lines += 4) {
      const work = await workspace();
      await killAt(work, 44);
      const begun = await lineCount(work, 'd1');
      const rollback = { inputs: { ...inputs, phase: 'rollback' } };
      await killAtLine(work, begun + lines - LINES, rollback);
      const back = await work.deploy(rollback);
      expect(['rolled-back', 'success']).toContain(back.outputs['status']);
      for (const signs of history(await work.journal('d1')).values()) expect(signs).toBe('+-');
    }
  }, 900_000);

  test('ends, resumed from its git ref on a machine that has none of its files, with every step done', async () => {
    for (const lines of [1, 3, 8, 15, 22, 30, 37, 44, 48]) {
      const token = 'fake-github-token-7b7b7b';
      const github = await startGitHub({ repository: 'acme/app', token });
      try {
        const request = {
          inputs: { ...inputs, 'journal-token': token },
          variables: { GITHUB_API_URL: github.url },
        };
        if (!(await killAt(await workspace('git-ref'), lines, request))) continue;
        const other = await workspace('git-ref');
        const again = { ...request, variables: { ...request.variables, GITHUB_RUN_ATTEMPT: '2' } };
        expect([lines, (await other.deploy(again)).outputs['status']]).toEqual([lines, 'success']);
        const acts = history(await other.journal('d1'));
        expect(acts.size).toBe(20);
        for (const signs of acts.values()) expect(['+', '+-+']).toContain(signs);
      } finally {
        await github.close();
      }
    }
  }, 300_000);
});
