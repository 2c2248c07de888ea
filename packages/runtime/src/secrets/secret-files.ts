import { chmod, lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { messageOf, SophiaError } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';

/** Under this name the post step finds the folder; the state holds its path and nothing else. */
const STATE = 'secret-files';
const PREFIX = 'sophia-esc-';

/** A file that an environment asks for: the variable that will hold its path, and its content. */
export interface SecretFile {
  readonly name: string;
  readonly text: string;
}

/** What was written: the path of each file by name, and their folder; none where there was nothing to write. */
export interface WrittenFiles {
  readonly folder: string | undefined;
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * Writes files for this user alone: 0600 in a folder of 0700 under RUNNER_TEMP. The folder is noted before the first
 * file is in it, so that the post step removes it whatever happens next.
 *
 * @throws SophiaError `environment`; nothing is left behind then
 */
export async function writeSecretFiles(files: readonly SecretFile[], host: Host): Promise<WrittenFiles> {
  const paths = new Map<string, string>();
  if (files.length === 0) return { folder: undefined, paths };
  const folder = await makeFolder(host);
  try {
    for (const [index, { name, text }] of files.entries()) {
      // The number keeps names apart that differ only in case, on a file system that does not see it.
      const path = join(folder, `${index}-${name}`);
      await writeFile(path, text, { mode: 0o600, flag: 'wx' });
      paths.set(name, path);
    }
  } catch (error) {
    await removeFolder(folder);
    throw failed(error);
  }
  return { folder, paths };
}

/** Removes a folder of {@link writeSecretFiles} and all in it. */
export async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function makeFolder(host: Host): Promise<string> {
  const temporary = host.variables['RUNNER_TEMP'] || tmpdir();
  try {
    const folder = await mkdtemp(join(temporary, PREFIX));
    host.saveState(STATE, folder);
    await chmod(folder, 0o700);
    return folder;
  } catch (error) {
    throw failed(error);
  }
}

const failed = (error: unknown) =>
  new SophiaError('environment', {
    message: `the files of the environment cannot be written: ${messageOf(error)}`,
    hint: 'check space and permissions of RUNNER_TEMP',
  });

/** Removes what {@link writeSecretFiles} wrote; the post step calls it, on success, failure and cancel alike. */
export async function removeSecretFiles(host: Host): Promise<void> {
  const folder = host.readState(STATE);
  if (folder === '') return;
  // State comes from a file that other steps could write to: only a folder of ours is ever removed.
  const isOurs =
    dirname(folder) === (host.variables['RUNNER_TEMP'] || tmpdir()) && folder.includes(`/${PREFIX}`);
  const found = await lstat(folder).catch(() => undefined);
  if (!isOurs || found?.isDirectory() !== true) return;
  try {
    await rm(folder, { recursive: true, force: true });
    host.log.info('the files of the ESC environment were removed');
  } catch (error) {
    host.log.warning(`the files of the ESC environment could not be removed: ${messageOf(error)}`);
  }
}
