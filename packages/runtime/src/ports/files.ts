import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { messageOf, SophiaError } from '@sophia/core/errors';

import type { Redaction } from './redaction.ts';

/** Text files. What is written is redacted; a write is whole or not at all. */
export interface Files {
  /** @returns the text, or undefined where there is no such file. @throws SophiaError `environment` */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
}

const isMissing = (error: unknown) => {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
};

function fileError(act: string, path: string, error: unknown): SophiaError {
  const code = (error as NodeJS.ErrnoException).code;
  const hint =
    code === 'ENOSPC'
      ? 'the disk is full: free some space and run again'
      : 'check the path and its permissions';
  return new SophiaError('environment', {
    message: `cannot ${act} ${path}: ${messageOf(error)}`,
    hint,
    cause: error,
  });
}

/** Numbers the unfinished files of this process. */
let writes = 0;

/** The machine's files, behind a redaction. */
export function nodeFiles(redaction: Redaction): Files {
  return {
    async read(path) {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw fileError('read', path, error);
      }
    },
    async write(path, text) {
      const partial = `${path}.${process.pid}-${(writes += 1)}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(partial, redaction.redact(text));
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw fileError('write', path, error);
      }
    },
    async append(path, text) {
      try {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, redaction.redact(text));
      } catch (error) {
        throw fileError('write', path, error);
      }
    },
  };
}
