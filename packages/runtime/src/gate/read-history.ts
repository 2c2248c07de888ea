import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import { historyOf } from '@sophia/core/gate/history';
import type { History } from '@sophia/core/gate/history';
import type { Report } from '@sophia/core/report/envelope';

import type { Session } from '../host/session.ts';
import { fileFault } from '../ports/file-fault.ts';

/** A report of a gate is some ten kilobytes; these bound what a strange folder can cost. */
const LARGEST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 500;

/**
 * Reads the reports of earlier runs from a folder and the folders in it, as `download-artifact` leaves them. What is
 * no report of a gate is passed over.
 *
 * @throws SophiaError `environment` where the folder cannot be read
 */
export async function readHistory(session: Session, folder: string, environment: string): Promise<History> {
  const path = resolve(session.directory, folder);
  const { parseReport } = await import('@sophia/core/report/report-schema');
  const reports: Report[] = [];
  for (const file of await jsonFiles(path)) {
    const { size } = await stat(file);
    if (size > LARGEST_BYTES) continue;
    const parsed = parseReport(jsonOrNothing((await session.host.files.read(file)) ?? ''));
    if ('report' in parsed) reports.push(parsed.report);
  }
  return historyOf(reports, environment);
}

async function jsonFiles(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
      .slice(0, MOST_FILES);
  } catch (error) {
    throw new SophiaError('environment', {
      message: `the history ${path} cannot be read: ${fileFault(error)}`,
      hint: 'name a folder with reports of earlier runs (actions/download-artifact writes one), or leave `history` out',
      cause: error,
    });
  }
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
