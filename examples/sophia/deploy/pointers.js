import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { home, releaseFolder } from './home.js';

/** `backend` is the release that the host runs, `frontend` the one whose page is published. */
export const POINTERS = ['backend', 'frontend'];

const linkOf = (pointer) => join(home, `current-${pointer}`);

/** @returns {string} the id of the release that a pointer names, or '' where there is none yet */
export function pointedRelease(pointer) {
  try {
    return basename(readlinkSync(linkOf(pointer)));
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Points at another release, in one rename: whoever looks sees the old or the new one, never neither.
 * @param {string} id '' takes the pointer away, as before the first deployment
 */
export function pointAt(pointer, id) {
  const link = linkOf(pointer);
  if (id === '') return rmSync(link, { force: true });
  const next = `${link}.${process.pid}`;
  rmSync(next, { force: true });
  symlinkSync(relative(home, releaseFolder(id)), next);
  renameSync(next, link);
}
