import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { Minimatch } from 'minimatch';

/** Whether hidden files and folders are found. */
export interface GlobOptions {
  readonly hidden: boolean;
}

interface Pattern {
  readonly matcher: Minimatch;
  readonly exclude: boolean;
}

function parsePattern(text: string, root: string): Pattern {
  const exclude = text.startsWith('!');
  const path = exclude ? text.slice(1).trim() : text;
  const absolute = isAbsolute(path) ? path : join(root, path);
  return {
    exclude,
    matcher: new Minimatch(absolute, { dot: true, nobrace: true, nonegate: true, nocomment: true }),
  };
}

/** A literal path that is a folder means everything in it, as in @actions/glob. */
function expandFolder(line: string, root: string): string[] {
  const bang = line.startsWith('!') ? '!' : '';
  const path = resolve(root, bang ? line.slice(1).trim() : line);
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? [line, `${bang}${join(path, '**')}`] : [line];
}

function parsePatterns(lines: readonly string[], root: string): Pattern[] {
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return texts.flatMap((text) => expandFolder(text, root)).map((text) => parsePattern(text, root));
}

/** @returns the folders (or files) in which patterns are looked for: what stands before the first wildcard. */
export function searchRoots(lines: readonly string[], root: string): string[] {
  const including = parsePatterns(lines, root).filter((pattern) => !pattern.exclude);
  return [...new Set(including.map(({ matcher }) => searchRoot(matcher)))];
}

/** The folder from which a pattern can match anything: what stands before its first wildcard. */
function searchRoot(pattern: Minimatch): string {
  const parts = pattern.pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join('/') || '/';
}

function* walk(path: string, options: GlobOptions): Generator<string> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat || (!options.hidden && basename(path).startsWith('.'))) return;
  if (!stat.isDirectory()) {
    yield path;
    return;
  }
  const entries: Dirent[] = readdirSync(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    yield* walk(join(path, entry.name), options);
  }
}

/**
 * The files that patterns of @actions/glob find: one a line, `!` excludes what earlier lines found, `#` is a
 * comment, a folder means all in it. Symbolic links are found and not followed.
 *
 * @returns absolute paths, sorted
 */
export function findFiles(lines: readonly string[], root: string, options: GlobOptions): string[] {
  const patterns = parsePatterns(lines, root);
  const found = new Set<string>();
  for (const start of searchRoots(lines, root)) {
    for (const path of walk(start, options)) {
      const unix = path.split(sep).join('/');
      const last = patterns.findLast(({ matcher }) => matcher.match(unix));
      if (last && !last.exclude) found.add(path);
    }
  }
  return [...found].sort();
}
