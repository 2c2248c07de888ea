import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The build's own notes lie beside what is released. */
const NOT_RELEASED = '.stamps';

/** @returns the SHA-256 of every file of a release tree, by its path with `/`, in the order of the paths. */
export function digestTree(tree: string): ReadonlyMap<string, string> {
  const paths = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(tree, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith(`${NOT_RELEASED}/`))
    .sort();
  return new Map(
    paths.map((path) => [path, createHash('sha256').update(readFileSync(join(tree, path))).digest('hex')]),
  );
}

/** @returns the paths that are not in both trees with the same content. */
export function differingFiles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  const all = new Set([...a.keys(), ...b.keys()]);
  return [...all].filter((path) => a.get(path) !== b.get(path)).sort();
}

/** @returns lines as `sha256sum` writes and checks them. */
export const renderChecksums = (digests: ReadonlyMap<string, string>): string =>
  [...digests].map(([path, digest]) => `${digest}  ${path}\n`).join('');
