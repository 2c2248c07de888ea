import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import { fileFault } from '../ports/file-fault.ts';

/** A file of the user that gets another text. */
export interface Replacement {
  /** As the user named it. */
  readonly file: string;
  readonly directory: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Replaces a text in one act: nobody ever reads half of it. A link stays a link, and rights stay.
 *
 * @throws SophiaError `state` where it is no longer what was read, `environment` where it cannot be written; the file is
 *   as it was then
 */
export async function replaceFile({ file, directory, before, after }: Replacement): Promise<void> {
  let part: string | undefined;
  try {
    const path = await realpath(resolve(directory, file));
    const beside = `${path}.${process.pid}.sophia-part`;
    await writeFile(beside, after, { flag: 'wx' });
    part = beside;
    await chmod(beside, (await stat(path)).mode);
    if ((await readFile(path, 'utf8')) !== before) throw changed(file);
    await rename(beside, path);
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true });
    if (error instanceof SophiaError) throw error;
    throw new SophiaError('environment', {
      message: `${file} cannot be written: ${fileFault(error)}`,
      hint: 'check its rights, and the disk',
      cause: error,
    });
  }
}

const changed = (file: string) =>
  new SophiaError('state', {
    message: `${file} was changed meanwhile; nothing was written to it`,
    hint: 'run it again',
  });
