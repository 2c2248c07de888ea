import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { existsSync, lstatSync } from 'node:fs';
import { messageOf, SophiaError } from '@sophia/core/errors';

const execute = promisify(execFile);

/** A git repository from which actions/checkout clones, and the commit of the run. */
export interface CheckoutSource {
  readonly directory: string;
  readonly sha: string;
}

/** The snapshot's author and date are fixed, so the same files always give the same commit. */
const SNAPSHOT_ENV = {
  GIT_AUTHOR_NAME: 'local-runner',
  GIT_AUTHOR_EMAIL: 'local-runner@localhost',
  GIT_AUTHOR_DATE: '2000-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'local-runner',
  GIT_COMMITTER_EMAIL: 'local-runner@localhost',
  GIT_COMMITTER_DATE: '2000-01-01T00:00:00Z',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** A listing of a large repository is long. */
const MAX_OUTPUT_BYTES = 64 << 20;

/** Inside a git hook these would send every command to the hook's repository. */
function withoutGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name)),
  );
}

/**
 * Runs git in a folder.
 *
 * @throws SophiaError `environment` with git's own message
 */
export async function git(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  try {
    const options = { cwd, env: { ...withoutGit(process.env), ...env }, maxBuffer: MAX_OUTPUT_BYTES };
    return (await execute('git', [...args], options)).stdout;
  } catch (cause) {
    throw new SophiaError('environment', {
      message: `git ${args[0]} failed in ${cwd}: ${messageOf(cause)}`,
      hint: 'check that git is installed and that the folder is what you meant',
      cause,
    });
  }
}

/** The files of a folder, relative to it: what git tracks or would track, else all but git and packages. */
async function listFiles(directory: string): Promise<string[]> {
  try {
    const output = await git(directory, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    return output.split('\0').filter((path) => path !== '');
  } catch {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }); // not in a repository
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  }
}

const SKIPPED = new Set(['.git', 'node_modules']);

async function copyFiles(from: string, to: string): Promise<void> {
  for (const file of await listFiles(from)) {
    const path = join(from, file);
    if (file.split(sep).some((part) => SKIPPED.has(part)) || path.startsWith(to + sep)) continue;
    if (!lstatSync(path, { throwIfNoEntry: false })) continue; // deleted and not yet committed
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(path, join(to, file), { verbatimSymlinks: true, recursive: true });
  }
}

async function makeSnapshot(from: string, to: string): Promise<CheckoutSource> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await copyFiles(from, to);
  const run = (...args: string[]): Promise<string> => git(to, args, SNAPSHOT_ENV);
  await run('init', '--quiet', '--initial-branch=main');
  await run('add', '--all', '--force');
  await run('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--allow-empty', '-m', 'snapshot');
  return { directory: to, sha: (await run('rev-parse', 'HEAD')).trim() };
}

/**
 * Finds what actions/checkout clones: the repository itself and its last commit, or, for a folder that is no
 * repository of its own (an example inside one), a snapshot of its files as a repository of one commit.
 *
 * @param scratch where a snapshot may be made; what is there is replaced
 */
export async function prepareSource(directory: string, scratch: string): Promise<CheckoutSource> {
  if (!existsSync(join(directory, '.git'))) return makeSnapshot(directory, scratch);
  const sha = (await git(directory, ['rev-parse', '--verify', '--quiet', 'HEAD']).catch(() => '')).trim();
  if (sha !== '') return { directory, sha };
  throw new SophiaError('environment', {
    message: `${directory} has no commit yet, so there is nothing to check out`,
    hint: 'commit what is to run',
  });
}

/** @returns the files of a repository that are otherwise than in its last commit, or not in it; of a snapshot none are. */
export async function uncommittedFiles({ directory }: CheckoutSource): Promise<readonly string[]> {
  const changed = await git(directory, ['diff', '--name-only', '-z', 'HEAD']);
  const added = await git(directory, ['ls-files', '-z', '--others', '--exclude-standard']);
  return `${changed}${added}`.split('\0').filter((path) => path !== '');
}
