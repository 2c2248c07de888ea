import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import { git } from '@sophia/local-runner/checkout-source';

import { movingTag } from './release-notes.ts';

const RELEASE_BRANCH = 'release';

export interface ReleaseRequest {
  /** A repository of its own, beside the sources': it is made anew. */
  readonly gitDirectory: string;
  /** The tree to commit. */
  readonly tree: string;
  /** Where earlier releases are, and where this one goes. */
  readonly remote: string;
  readonly version: string;
  /** The commit that the tree was built from. */
  readonly source: { readonly sha: string; readonly committedAt: string };
}

const COMMITTER = { name: 'sophia-actions release', email: 'release@users.noreply.github.com' };

/** @throws SophiaError `state` where the version is released already: a release never changes */
export async function refuseReleased(remote: string, version: string): Promise<void> {
  const found = await git('.', ['ls-remote', remote, `refs/tags/v${version}`]);
  if (found.trim() === '') return;
  throw new SophiaError('state', {
    message: `v${version} is released already`,
    hint: 'releases never change: raise the version in package.json and CHANGELOG.md',
  });
}

/**
 * Commits a tree on top of the last release, and tags it. Author and time come from the source, so the same source on
 * the same parent is the same commit, whoever makes it.
 *
 * @returns the commit
 */
export async function commitRelease(request: ReleaseRequest): Promise<string> {
  const { gitDirectory, tree, remote, version, source } = request;
  const tag = `v${version}`;
  rmSync(gitDirectory, { recursive: true, force: true });
  await git(tree, ['init', '--quiet', '--bare', gitDirectory]);
  const dated = `${source.committedAt}`;
  const env = {
    GIT_DIR: gitDirectory,
    GIT_WORK_TREE: tree,
    ...{ GIT_AUTHOR_NAME: COMMITTER.name, GIT_AUTHOR_EMAIL: COMMITTER.email, GIT_AUTHOR_DATE: dated },
    ...{ GIT_COMMITTER_NAME: COMMITTER.name, GIT_COMMITTER_EMAIL: COMMITTER.email, GIT_COMMITTER_DATE: dated },
  };
  const run = (...args: string[]) => git(tree, args, env).then((out) => out.trim());
  const head = await run('ls-remote', remote, `refs/heads/${RELEASE_BRANCH}`);
  const parent = /^[0-9a-f]{40,64}/.exec(head)?.[0];
  if (parent !== undefined) await run('fetch', '--quiet', remote, parent);
  await run('config', 'core.autocrlf', 'false');
  await run('config', 'core.excludesFile', join(gitDirectory, 'no-excludes'));
  await run('add', '--all', '--force', '--', '.', ':(exclude).stamps');
  const treeId = await run('write-tree');
  const message = `Release ${tag}\n\nBuilt from ${source.sha}.`;
  const commit = await run('commit-tree', treeId, ...(parent === undefined ? [] : ['-p', parent]), '-m', message);
  await run('update-ref', `refs/heads/${RELEASE_BRANCH}`, commit);
  await run('tag', '--annotate', '--message', `sophia-actions ${tag}`, tag, commit);
  return commit;
}

/** Publishes the release's branch and tag, both or neither. A branch that somebody moved meanwhile is refused by git. */
export async function pushRelease(gitDirectory: string, remote: string, version: string): Promise<void> {
  const refs = [`refs/heads/${RELEASE_BRANCH}`, `refs/tags/v${version}`];
  await git(gitDirectory, ['push', '--quiet', '--atomic', remote, ...refs.map((ref) => `${ref}:${ref}`)]);
}

/** Moves the tag that users follow (`v1`) to a published release. */
export async function moveTag(gitDirectory: string, remote: string, version: string): Promise<void> {
  const target = `refs/tags/${movingTag(version)}`;
  const commit = (await git(gitDirectory, ['rev-parse', `refs/tags/v${version}^{commit}`])).trim();
  await git(gitDirectory, ['push', '--quiet', '--force', remote, `${commit}:${target}`]);
}
