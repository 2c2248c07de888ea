import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';

import type { JournalEvent } from '@sophia/core/deploy/event';
import { describe, expect, test } from '@jest/globals';

import { noted } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import type { DockerWorld } from './fake-docker.ts';
import { makeFake } from './fake-program.ts';
import type { FakeWorkspace } from './fake-program.ts';
import type { PulumiWorld } from './fake-pulumi.ts';
import type { VercelWorld } from './fake-vercel.ts';
import { eventsSoFar, killAtLine, lineCount } from './kill-at-line.ts';
import { makeCluster, writeManifests } from './kubernetes-workspace.ts';
import type { Cluster } from './kubernetes-workspace.ts';
import { makeSite, STEP, TOKEN } from './vercel-workspace.ts';

/** Something that an engine has deployed to before, with a new release that waits. */
interface Target {
  readonly work: Workspace;
  readonly variables: Readonly<Record<string, string>>;
  /** What is live: `old`, `new`, or what is neither. */
  live(): Promise<string>;
}

/** An id of its own: what a killed run left running is found by it, all over the machine. */
const newId = () => `sweep-${randomUUID()}`;

/** The last step of each deployment, so that one of an engine is not the last. */
const MARK = noted('mark');
const deployment = (step: unknown, strategy: unknown = 'all-at-once') => ({
  phases: [{ name: 'app', strategy, steps: [step, MARK] }],
});

async function kubernetes(): Promise<Target> {
  const work: Cluster = await makeCluster(deployment({ name: 'web', kubernetes: { manifests: 'k8s' } }));
  await writeManifests(work, { image: 'acme/web:1', value: 'one' });
  await work.deploy({ inputs: { 'deployment-id': 'd0' }, variables: work.variables });
  await writeManifests(work, { image: 'acme/web:2', value: 'two', extra: true });
  const text = (content: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(content).sort());
  const content = (image: string, value: string) => ({
    'deployment/default/web': image,
    'configmap/default/settings': value,
  });
  const names = new Map([
    [text(content('acme/web:1', 'one')), 'old'],
    [text({ ...content('acme/web:2', 'two'), 'configmap/default/extra': 'new' }), 'new'],
  ]);
  const live = async () => {
    const now = text(await work.content());
    return names.get(now) ?? now;
  };
  return { work, variables: work.variables, live };
}

const OLD = `sha256:${'0'.repeat(64)}`;
const IMAGE = 'registry.example/acme/web';

async function docker(): Promise<Target> {
  const world: DockerWorld = { tags: { [`${IMAGE}:latest`]: OLD }, digests: [OLD], secrets: {} };
  const step = { name: 'image', docker: { image: IMAGE, tags: ['latest'] } };
  const work = await makeFake('docker', world, { deployment: deployment(step) });
  await writeFile(work.path('Dockerfile'), 'FROM scratch\n');
  const live = async () => {
    const { tags, digests } = await work.state<DockerWorld>();
    const tag = tags[`${IMAGE}:latest`] ?? '';
    return tag === OLD ? 'old' : tag === digests.at(-1) ? 'new' : tag;
  };
  return { work, variables: work.variables, live };
}

async function pulumi(): Promise<Target> {
  const step = { name: 'stack', pulumi: { stack: 'dev', 'working-directory': 'infrastructure' } };
  const world: PulumiWorld = { up: 'one', history: [], lock: null };
  const work = await makeFake('pulumi', world, { deployment: deployment(step) });
  await mkdir(work.path('infrastructure'));
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words], {
      cwd: work.directory,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  const commit = async (program: string) => {
    await writeFile(work.path('infrastructure', 'program.txt'), `${program}\n`);
    git('add', 'infrastructure');
    git('commit', '--quiet', '-m', program);
  };
  await commit('one');
  const environment = { 'git.head': git('rev-parse', 'HEAD').trim(), 'git.dirty': 'false' };
  const first = { kind: 'update', result: 'succeeded', environment };
  await writeFile(work.path('fake', 'world.json'), JSON.stringify({ ...world, history: [first] }));
  await commit('two');
  const names: Readonly<Record<string, string>> = { one: 'old', two: 'new' };
  const live = async () => {
    const { up } = await work.state<PulumiWorld>();
    return names[up] ?? up;
  };
  return { work, variables: { ...work.variables, PULUMI_ACCESS_TOKEN: 'pul-fake-token' }, live };
}

const CANARY = { canary: { steps: [{ weight: 10, gate: ['web'] }, { weight: 50 }] } };

async function vercel(): Promise<Target> {
  const checks = { web: { kind: 'command', command: ['true'] } };
  const work: FakeWorkspace = await makeSite(deployment(STEP, CANARY), { stages: [10, 50] }, { checks });
  const live = async () => {
    const { production, release, deployments } = await work.state<VercelWorld>();
    if (release?.state === 'ACTIVE') return `${release.canary} at stage ${release.index}`;
    if (production === 'dpl_1') return 'old';
    return deployments[production] === 'READY' ? 'new' : production;
  };
  return { work, variables: { ...work.variables, VERCEL_TOKEN: TOKEN }, live };
}

/** Starts (`+`) and undos that ended well (`-`) of each step, in the order of the journal. */
function acts(events: readonly JournalEvent[]): ReadonlyMap<string, string> {
  const signs = new Map<string, string>();
  for (const event of events) {
    if (event.type !== 'step.started' && event.type !== 'undo.finished') continue;
    if (event.type === 'undo.finished') expect(event.exitCode).toBe(0);
    signs.set(event.step, (signs.get(event.step) ?? '') + (event.type === 'step.started' ? '+' : '-'));
  }
  return signs;
}

/** The first step of an engine and the mark can be undone; the later steps of a strategy have no undo of their own. */
const hasUndo = (step: string) => !step.includes('.');

/** How far a step had come: an engine's first step notes the state before, and has changed nothing until then. */
type Stage = 'noting' | 'acting' | 'done';

function stages(events: readonly JournalEvent[]): ReadonlyMap<string, Stage> {
  const found = new Map<string, Stage>();
  for (const event of events) {
    if (event.type === 'step.started') {
      const notes = hasUndo(event.step) && event.step !== MARK.name;
      found.set(event.step, notes ? 'noting' : 'acting');
    }
    if (event.type === 'before.finished') found.set(event.step, 'acting');
    if (event.type === 'step.finished') found.set(event.step, 'done');
  }
  return found;
}

interface Killed {
  readonly target: Target;
  readonly inputs: { readonly 'deployment-id': string };
  /** How far each step that was started had come when it was killed. */
  readonly begun: ReadonlyMap<string, Stage>;
}

async function killed(make: () => Promise<Target>, lines: number): Promise<Killed | undefined> {
  const target = await make();
  const { work, variables } = target;
  const id = newId();
  const inputs = { 'deployment-id': id };
  if (!(await killAtLine(work, lines, { inputs, variables }))) return undefined;
  return { target, inputs, begun: stages(await eventsSoFar(work, id)) };
}

/** What was in flight is undone, if it can be and has changed something, and run again; all else runs once. */
async function expectResumed({ target, inputs, begun }: Killed, lines: number): Promise<void> {
  const { work, variables } = target;
  const run = await work.deploy({ inputs, variables });
  expect([lines, run.outputs['status'], await target.live()]).toEqual([lines, 'success', 'new']);
  for (const [step, signs] of acts(await work.journal(inputs['deployment-id']))) {
    const again = hasUndo(step) && begun.get(step) === 'acting' ? '+-+' : '++';
    const expected = (begun.get(step) ?? 'done') === 'done' ? '+' : again;
    expect([lines, step, signs]).toEqual([lines, step, expected]);
  }
}

/** What has changed something is undone, once, and a second rollback finds nothing to do. */
async function expectRolledBack({ target, inputs, begun }: Killed, lines: number): Promise<void> {
  const { work, variables } = target;
  const request = { inputs: { ...inputs, phase: 'rollback' }, variables };
  const back = await work.deploy(request);
  expect([lines, back.outputs['status'], await target.live()]).toEqual([lines, 'rolled-back', 'old']);
  const signs = acts(await work.journal(inputs['deployment-id']));
  expect([...signs.keys()]).toEqual([...begun.keys()]);
  for (const [step, sign] of signs) {
    const expected = hasUndo(step) && begun.get(step) !== 'noting' ? '+-' : '+';
    expect([lines, step, sign]).toEqual([lines, step, expected]);
  }
  expect(await work.deploy(request)).toMatchObject({ exitCode: 0 });
  expect(acts(await work.journal(inputs['deployment-id']))).toEqual(signs);
}

describe('a deployment by an engine that is killed at each line of its journal', () => {
  test.each([
    ['kubernetes', kubernetes],
    ['docker', docker],
    ['pulumi', pulumi],
    ['vercel, as a canary', vercel],
  ])(
    '%s: ends on the new release, resumed, and on the old one, rolled back',
    async (_name, make) => {
      const whole = await make();
      const id = newId();
      const run = await whole.work.deploy({ inputs: { 'deployment-id': id }, variables: whole.variables });
      expect([run.outputs['status'], await whole.live()]).toEqual(['success', 'new']);
      const all = await lineCount(whole.work, id);
      let kills = 0;
      const round = async (lines: number, judge: (one: Killed, lines: number) => Promise<void>) => {
        const one = await killed(make, lines);
        if (one === undefined) return;
        kills += 1;
        await judge(one, lines);
      };
      for (let lines = 1; lines < all; lines += 1)
        await Promise.all([round(lines, expectResumed), round(lines, expectRolledBack)]);
      expect(kills).toBeGreaterThan(all * 2 * 0.6);
    },
    600_000,
  );
});
