import { messageOf } from '@sophia/core/errors';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EISDIR: 'it is a folder',
  EEXIST: 'a file is where a folder should be',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a file is where a folder should be',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/** @returns why a file cannot be read or written, in words; the system's own where it is something else. */
export function fileFault(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return WORDS[code] ?? messageOf(error);
}
