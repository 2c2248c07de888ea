import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

import { messageOf } from '@sophia/core/errors';
import type { ListedFile } from '@sophia/core/report/pipeline/model';
import type { SourceFile } from '@sophia/core/report/read/source';

import type { Session } from '../host/session.ts';
import { globFiles, isLiteral } from './glob-files.ts';
import { DEFAULT_PATTERNS } from './nothing-to-report.ts';

/** What was found: texts to read, and files that are shown for what is wrong with them. */
export interface Found {
  readonly sources: readonly SourceFile[];
  readonly listed: readonly ListedFile[];
}

/** Larger files are no reports, whatever they say; reading one must not cost the job its memory. */
export const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
/** More matches than this are a pattern that was not meant so. */
const MOST_FILES = 2_000;

/** Folders in which files may lie: a pattern must not reach, nor a link lead, out of the job. */
async function allowedRoots({ host, directory }: Session): Promise<readonly string[]> {
  if (host.kind === 'terminal') return [sep];
  const named = [directory, host.variables['GITHUB_WORKSPACE'], host.variables['RUNNER_TEMP']];
  const roots = named.filter((root) => root !== undefined && root !== '');
  return Promise.all(roots.map((root) => realpath(String(root)).catch(() => resolve(String(root)))));
}

const isBelow = (path: string, root: string) =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

async function readOne(
  path: string,
  roots: readonly string[],
): Promise<string | { problem: string } | undefined> {
  const entry = await lstat(path);
  if (entry.isSymbolicLink())
    return { problem: 'a symbolic link, which could show a file that is no report' };
  if (!entry.isFile()) return undefined;
  const real = await realpath(path);
  if (!roots.some((root) => isBelow(real, root))) return { problem: 'it lies outside of the workspace' };
  if ((await stat(real)).size > LARGEST_FILE_BYTES) return { problem: 'larger than 64 MB' };
  return readFile(real, 'utf8');
}

/**
 * Collects the files of the input `reports`, or of the places where our actions write. A line without a wildcard names a
 * file that must be there; a link is refused wherever it leads.
 */
export async function findFiles(session: Session, patterns: readonly string[]): Promise<Found> {
  const { directory } = session;
  const used = patterns.length > 0 ? patterns : DEFAULT_PATTERNS;
  const paths = (await globFiles(directory, used)).slice(0, MOST_FILES);
  const roots = await allowedRoots(session);
  const sources: SourceFile[] = [];
  const listed: ListedFile[] = [];
  for (const path of paths) {
    const shown = relative(directory, path).split(sep).join('/');
    const read = await readOne(path, roots).catch((error: unknown) => ({ problem: messageOf(error) }));
    if (typeof read === 'string') sources.push({ path: shown, text: read });
    else if (read !== undefined) listed.push({ path: shown, why: 'unreadable', detail: read.problem });
  }
  const found = new Set(paths);
  const missing = patterns
    .filter((pattern) => isLiteral(pattern) && !hasMatch(found, resolve(directory, pattern)))
    .map((path): ListedFile => ({
      path,
      why: 'missing',
      detail: 'this report is required, and is not there',
    }));
  return { sources, listed: [...listed, ...missing] };
}

/** A name without a wildcard may also be a folder: then everything in it was matched. */
const hasMatch = (found: ReadonlySet<string>, path: string) =>
  found.has(path) || [...found].some((one) => one.startsWith(path + sep));
