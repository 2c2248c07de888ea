import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SophiaError } from '@sophia/core/errors';

/**
 * The trees of a git repository's refs, each laid out once.
 *
 * @param gitDirectory the repository itself (bare), or its `.git`
 * @returns a function from a branch, tag or commit to the folder of its tree; it throws SophiaError `not-found` for a
 *   ref that the repository has not, `environment` where git does not work
 */
export function treesOfRefs(gitDirectory: string, folder: string): (ref: string) => string {
  const trees = new Map<string, string>();
  const git = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync('git', ['--git-dir', gitDirectory, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  return (ref) => {
    // `--end-of-options`: a ref comes from a workflow file, and is no option of git's.
    const found = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
    const commit = found.stdout?.trim() ?? '';
    if (found.status !== 0 || commit === '') {
      throw new SophiaError('not-found', {
        message: `there is no ref '${ref}' in ${gitDirectory}`,
        hint: 'name a tag, a branch or a full commit hash of the released actions',
      });
    }
    const known = trees.get(commit);
    if (known !== undefined) return known;
    const tree = join(folder, commit);
    mkdirSync(tree, { recursive: true });
    const laid = git(['--work-tree', tree, 'checkout', '--force', commit, '--', '.'], {
      GIT_INDEX_FILE: join(folder, `${commit}.index`),
    });
    if (laid.status !== 0) {
      throw new SophiaError('environment', {
        message: `git could not lay out ${ref}: ${laid.stderr.trim()}`,
        hint: 'check the disk, and that git works',
      });
    }
    trees.set(commit, tree);
    return tree;
  };
}
