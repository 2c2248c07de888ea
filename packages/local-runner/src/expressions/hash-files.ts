import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { findFiles } from './glob.ts';

/**
 * `hashFiles(...)`: the SHA-256 of the SHA-256 of each file, in order of paths; empty if nothing matches.
 * Only files in the workspace count. The rule is that of @actions/glob.
 */
export function hashFiles(patterns: readonly string[], workspace: string): string {
  const lines = patterns.flatMap((pattern) => pattern.split('\n'));
  const files = findFiles(lines, workspace, { hidden: true }).filter(
    (path) => path.startsWith(`${workspace}/`) && lstatSync(path).isFile(),
  );
  if (files.length === 0) return '';
  const total = createHash('sha256');
  for (const file of files) total.update(createHash('sha256').update(readFileSync(file)).digest());
  return total.digest('hex');
}
