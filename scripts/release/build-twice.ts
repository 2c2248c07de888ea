import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import { git } from '@sophia/local-runner/checkout-source';

import { differingFiles, digestTree } from './tree-files.ts';

function build(directory: string): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0) return;
  throw new SophiaError('environment', {
    message: `the release tree does not build in ${directory}`,
    hint: 'the messages above say why; `npm run build` builds it alone',
  });
}

/**
 * Builds a commit here and in a fresh clone in another folder, and compares every file.
 *
 * @returns the digests of the tree
 * @throws SophiaError `environment` for two builds that differ: then nobody could check what a release was made of
 */
export async function buildTwice(root: string): Promise<ReadonlyMap<string, string>> {
  build(root);
  const digests = digestTree(join(root, 'release'));
  const folder = mkdtempSync(join(tmpdir(), 'sophia second build '));
  try {
    const clone = join(folder, 'clone');
    await git(root, ['clone', '--quiet', '--no-hardlinks', root, clone]);
    build(clone);
    const differing = differingFiles(digests, digestTree(join(clone, 'release')));
    if (differing.length === 0) return digests;
    throw new SophiaError('environment', {
      message: `two builds of the same commit differ in ${differing.length} files: ${differing.slice(0, 5).join(', ')}`,
      hint: 'a bundle holds something of the folder or the moment that it was built in: find it and take it out',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
