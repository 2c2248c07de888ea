// `npm run release:dry`: everything that a release does, into a bare repository on this disk.
// `npm run release:prepare`: all but the push, on top of the releases of `--remote` (origin); release.yml pushes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { SophiaError } from '@sophia/core/errors';
import { git } from '@sophia/local-runner/checkout-source';

import { writeBillOfMaterials } from './bill-of-materials.ts';
import { buildTwice } from './build-twice.ts';
import { movingTag, readReleaseNotes } from './release-notes.ts';
import { commitRelease, moveTag, pushRelease, refuseReleased } from './release-repository.ts';
import { renderChecksums } from './tree-files.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'out/release');
const gitDirectory = join(out, 'tree.git');
const say = (line: string) => process.stdout.write(`${line}\n`);

/** The tests of the tree itself: what users get starts, refuses, and carries its licences. */
function testTree(): void {
  const tests = ['tests/e2e/release-tree.test.ts', 'tests/e2e/workflows.test.ts'];
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...tests],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_NO_WARNINGS: '1', SOPHIA_TEST_LONG: '0' } },
  );
  if (status === 0) return;
  throw new SophiaError('environment', {
    message: 'the tests of the release tree failed; nothing was committed',
    hint: 'the messages above name them',
  });
}

async function requireCommitted(): Promise<{ sha: string; committedAt: string }> {
  const changed = (await git(root, ['status', '--porcelain'])).trim();
  if (changed !== '') {
    throw new SophiaError('environment', {
      message: `there are changes that are not committed:\n${changed}`,
      hint: 'a release is built from a commit, so that anybody can build it again: commit them first',
    });
  }
  const [sha = '', committedAt = ''] = (await git(root, ['log', '-1', '--format=%H %cI'])).trim().split(' ');
  return { sha, committedAt };
}

/** Builds and proves a release, and commits it to a repository beside the sources. Nothing is published. */
async function prepare(remote: string): Promise<void> {
  const { version, notes } = readReleaseNotes(root);
  const source = await requireCommitted();
  await refuseReleased(remote, version);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  say(`version ${version} from ${source.sha}`);
  const digests = await buildTwice(root);
  say(`built twice in different folders: ${digests.size} files, identical`);
  testTree();
  say('tested the tree');
  writeFileSync(join(out, 'SHA256SUMS'), renderChecksums(digests));
  writeFileSync(join(out, 'notes.md'), `${notes}\n`);
  writeBillOfMaterials(root, join(out, `sophia-actions-${version}.cdx.json`), source.committedAt);
  say('wrote checksums, notes and the bill of materials');
  const tree = join(root, 'release');
  const commit = await commitRelease({ gitDirectory, tree, remote, version, source });
  writeFileSync(join(out, 'release.json'), `${JSON.stringify({ version, commit, source: source.sha })}\n`);
  say(`committed ${commit}, tagged v${version}`);
}

async function rehearse(): Promise<void> {
  await requireCommitted();
  const remote = join(root, 'out/release-origin.git');
  rmSync(remote, { recursive: true, force: true });
  await git(root, ['init', '--quiet', '--bare', remote]);
  const { version } = readReleaseNotes(root);
  await prepare(remote);
  await pushRelease(gitDirectory, remote, version);
  await moveTag(gitDirectory, remote, version);
  say(`pushed the branch release, v${version} and ${movingTag(version)} to ${remote}`);
  say('left out, since only GitHub can do it: the attestation, and the immutable release with its assets');
}

async function run(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { remote: { type: 'string', default: 'origin' } },
  });
  // A name such as `origin` means something in the sources' repository only.
  const remote = /[/:]/.test(values.remote)
    ? values.remote
    : (await git(root, ['remote', 'get-url', values.remote])).trim();
  switch (positionals[0]) {
    case 'dry':
      return rehearse();
    case 'prepare':
      return prepare(remote);
    default:
      throw new SophiaError('usage', {
        message: `expected dry or prepare, got "${positionals.join(' ')}"`,
        hint: 'npm run release:dry rehearses a release; prepare is for release.yml, which publishes it',
      });
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof SophiaError)) throw error;
  process.stderr.write(`\nerror: ${error.message}\n  hint: ${error.hint}\n`);
}
