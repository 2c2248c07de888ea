import { lstat, readdir } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';

/** More than this below one pattern's folder was not meant: a pattern is a hint, not a search of the disk. */
const MOST_ENTRIES = 100_000;

/** Folders in which nobody's reports are, unless a pattern names them. */
const SKIPPED = new Set(['.git', 'node_modules']);

const MAGIC = /[*?[\]{}]/;

/** @returns true where a pattern names one file or folder, and so something that must be there. */
export const isLiteral = (pattern: string) => !MAGIC.test(pattern) && !pattern.startsWith('!');

/** @returns a pattern's folder: the part before the first wildcard. */
function baseOf(pattern: string): string {
  const parts = pattern.split(sep);
  const first = parts.findIndex((part) => MAGIC.test(part));
  if (first === -1) return pattern;
  return parts.slice(0, first).join(sep) || (isAbsolute(pattern) ? sep : '.');
}

/** All files and links below a folder, by path; a link to a folder is not followed. */
async function* walk(folder: string, pattern: string): AsyncGenerator<string> {
  const pending = [folder];
  let seen = 0;
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      seen += 1;
      if (seen > MOST_ENTRIES) return;
      const path = join(current, entry.name);
      if (!entry.isDirectory()) yield path;
      else if (!SKIPPED.has(entry.name) || pattern.includes(entry.name)) pending.push(path);
    }
  }
}

/** A pattern, seen from the folder that it is relative to: that folder's own name may contain wildcards. */
interface Search {
  readonly from: string;
  readonly pattern: string;
}

async function* candidates({ from, pattern }: Search): AsyncGenerator<string> {
  const base = baseOf(pattern);
  const folder = resolve(from, base);
  const entry = await lstat(folder).catch(() => undefined);
  if (entry?.isDirectory() === true) yield* walk(folder, pattern);
  // A link in place of the folder is shown, so that it can be refused.
  else if (entry !== undefined && (base === pattern || entry.isSymbolicLink())) yield folder;
}

/**
 * Finds files by globs: `*`, `?`, `**`, `[...]` and `{a,b}`; `!` takes away; a folder stands for all that is in it. Not
 * `@actions/glob`, which prints its search to stdout, where at a terminal the report belongs (`sophia report --json`).
 *
 * @returns absolute paths, sorted; links are among them, what they lead to is not
 */
export async function globFiles(directory: string, patterns: readonly string[]): Promise<readonly string[]> {
  const { minimatch } = await import('minimatch');
  const matches = ({ from, pattern }: Search, path: string) =>
    minimatch(isAbsolute(pattern) ? path : relative(from, path), pattern, {
      dot: true,
      nocomment: true,
      nonegate: true,
    });
  let found = new Set<string>();
  for (const line of patterns) {
    const search = { from: directory, pattern: normalize(line.replace(/^!/, '')) };
    if (line.startsWith('!')) {
      found = new Set([...found].filter((path) => !matches(search, path)));
      continue;
    }
    const isWhole = !MAGIC.test(search.pattern);
    for await (const path of candidates(search))
      if (isWhole || path === resolve(directory, baseOf(search.pattern)) || matches(search, path))
        found.add(path);
  }
  return [...found].toSorted();
}
