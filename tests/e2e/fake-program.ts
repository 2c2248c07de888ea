import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

/** A workspace with a program in PATH that is one of ours: a file `fake-NAME.ts` beside this one. */
export interface FakeWorkspace extends Workspace {
  /** PATH, for the request. */
  readonly variables: Readonly<Record<string, string>>;
  /** Its calls so far, a line each. */
  calls(): Promise<readonly string[]>;
  /** From now on, calls with these words fail with that message; without words: none does. */
  fail(words: string, message: string): Promise<void>;
  /** What it keeps of its world. */
  state<W>(): Promise<W>;
}

/** @returns a new workspace with these sections, and the fake of that name with its first world. */
export async function makeFake(
  name: string,
  world: unknown,
  sections: Readonly<Record<string, unknown>>,
): Promise<FakeWorkspace> {
  const { deployment, ...others } = sections;
  const work = await makeWorkspace(deployment, others);
  const bin = work.path('bin');
  await mkdir(bin);
  await mkdir(work.path('fake'));
  const program = resolve(import.meta.dirname, `fake-${name}.ts`);
  const script = `#!/bin/sh\nFAKE_WORLD='${work.path('fake')}' exec '${process.execPath}' '${program}' "$@"\n`;
  await writeFile(join(bin, name), script);
  await chmod(join(bin, name), 0o755);
  await writeFile(work.path('fake', 'world.json'), JSON.stringify(world));
  const text = (file: string) => readFile(work.path('fake', file), 'utf8').catch(() => '');
  return {
    ...work,
    variables: { PATH: `${bin}:${process.env['PATH']}` },
    calls: async () => (await text('calls.log')).split('\n').filter((line) => line !== ''),
    fail: (words, message) => writeFile(work.path('fake', 'fail'), words && `${words} => ${message}\n`),
    state: async <W>() => JSON.parse(await text('world.json')) as W,
  };
}
