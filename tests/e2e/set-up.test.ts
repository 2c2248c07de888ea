// What lets Node 20 and 24 take turns in one checkout without installing again (scripts/setup.mjs, `fingerprint`).
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string): unknown => parse(readFileSync(join(root, name), 'utf8'));

interface LockedPackage {
  readonly engines?: { readonly node?: string };
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

interface Lockfile {
  readonly packages: Record<string, LockedPackage>;
  readonly snapshots: Record<string, { readonly optional?: boolean }>;
}

/** pnpm leaves out an optional package whose `engines` the running Node does not meet; others it installs anyway. */
test('no optional package depends on which Node, from 20 on, installs it', () => {
  const { packages, snapshots } = read('pnpm-lock.yaml') as Lockfile;
  const optional = Object.keys(snapshots)
    .filter((name) => snapshots[name]?.optional === true)
    .map((name) => name.replace(/\(.*/, ''));
  expect(optional.length).toBeGreaterThan(10);
  const ranges = new Set(optional.map((name) => packages[name]?.engines?.node ?? '>=0'));
  const lowest = [...ranges].map((range) => ({ range, from: /^>=? ?(\d+)[.\dx]*$/.exec(range)?.[1] }));
  expect(lowest.filter(({ from }) => from === undefined || Number(from) > 20)).toEqual([]);
});

test('no install script of a dependency may run, so none can compile for the running Node', () => {
  const { allowBuilds } = read('pnpm-workspace.yaml') as { allowBuilds: Record<string, boolean> };
  expect(Object.values(allowBuilds)).not.toContain(true);
});
