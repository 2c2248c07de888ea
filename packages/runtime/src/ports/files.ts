import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs';
import { dirname } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import { fileFault } from './file-fault.ts';
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

const HINTS: Readonly<Record<string, string>> = {
  EISDIR: 'name a file in it',
  ENOSPC: 'free some space and run again',
};

function fileError(act: string, path: string, error: unknown): SophiaError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new SophiaError(code === 'EISDIR' ? 'usage' : 'environment', {
    message: `cannot ${act} ${path}: ${fileFault(error)}`,
    hint: HINTS[code] ?? 'check the path and its permissions',
    cause: error,
  });
}

/** A call of `node:fs` as a promise; `node:fs/promises` would load two dozen modules at every start. */
function settle<T>(call: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error === null ? resolve(value as T) : reject(error))),
  );
}

const makeFolder = (file: string) => settle((done) => mkdir(dirname(file), { recursive: true }, done));

/** Numbers the unfinished files of this process. */
let writes = 0;

/** The machine's files, behind a redaction. */
export function nodeFiles(redaction: Redaction): Files {
  return {
    async read(path) {
      try {
        return await settle<string>((done) => readFile(path, 'utf8', done));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw fileError('read', path, error);
      }
    },
    async write(path, text) {
      const partial = `${path}.${process.pid}-${(writes += 1)}.tmp`;
      try {
        await makeFolder(path);
        await settle((done) => writeFile(partial, redaction.redact(text), done));
        await settle((done) => rename(partial, path, done));
      } catch (error) {
        // What could not even be begun cannot be removed either.
        await settle((done) => rm(partial, { force: true }, done)).catch(() => undefined);
        throw fileError('write', path, error);
      }
    },
    async append(path, text) {
      try {
        await makeFolder(path);
        await settle((done) => appendFile(path, redaction.redact(text), done));
      } catch (error) {
        throw fileError('write', path, error);
      }
    },
  };
}
