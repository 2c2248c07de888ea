import { SophiaError } from '@sophia/core/errors';
import { didYouMean } from '@sophia/core/nearest-name';
import type { GithubSecret } from '@sophia/core/secrets/drift';
import { parseGithubSecrets } from '@sophia/core/secrets/drift';
import type { ExportMapping } from '@sophia/core/secrets/exports';
import { parsePropertyPath } from '@sophia/core/secrets/property-path';
import { problemOfName } from '@sophia/core/secrets/variable-name';

/** Where the values go. */
export type ExportTarget =
  | { readonly kind: 'environment' | 'outputs' | 'none' }
  /** These variables and nothing else. */
  | { readonly kind: 'mapping'; readonly mapping: readonly ExportMapping[] };

const WORDS = ['environment', 'outputs', 'none'] as const;

/**
 * Reads the input `export`: one of its words, or lines `ENV_NAME=property.path`.
 *
 * @throws SophiaError `usage` that names every bad line
 */
export function parseExport(text: string): ExportTarget {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const word = WORDS.find((known) => known === lines[0]);
  if (lines.length === 1 && word !== undefined) return { kind: word };
  const mapping: ExportMapping[] = [];
  const problems: string[] = [];
  for (const line of lines) {
    const entry = parseLine(line);
    if (typeof entry === 'string') problems.push(`input "export": ${entry}`);
    else if (mapping.some(({ name }) => name === entry.name))
      problems.push(`input "export": ${entry.name} is set twice`);
    else mapping.push(entry);
  }
  if (problems.length === 0) return { kind: 'mapping', mapping };
  throw new SophiaError('usage', {
    message: problems.join('\n'),
    hint: 'give environment, outputs or none, or only lines such as DB_PASSWORD=database.password',
  });
}

function parseLine(line: string): ExportMapping | string {
  const equals = line.indexOf('=');
  if (equals < 1) {
    return `expected ${WORDS.join(', ')} or ENV_NAME=property.path${didYouMean(line, WORDS)}, got ${JSON.stringify(line)}`;
  }
  const name = line.slice(0, equals).trim();
  const path = line.slice(equals + 1).trim();
  return problemWithName(name) ?? problemWithPath(path) ?? { name, path };
}

/** @returns why no variable may have this name, in words. */
export function problemWithName(name: string): string | undefined {
  switch (problemOfName(name)) {
    case 'invalid':
      return `${JSON.stringify(name)} is no name of a variable`;
    case 'takes-over':
      return `${name} is refused: it would take over the processes of later steps`;
    case undefined:
      return undefined;
  }
}

/** @returns why a text is no property path, in words. */
export function problemWithPath(path: string): string | undefined {
  if (parsePropertyPath(path) !== undefined) return undefined;
  return `${JSON.stringify(path)} is no property path such as a.b[0]["c.d"]`;
}

/**
 * Reads the input `github-secrets`.
 *
 * @throws SophiaError `usage`; no line is shown, as it may be a piece of a secret
 */
export function readGithubSecrets(text: string): readonly GithubSecret[] {
  const parsed = parseGithubSecrets(text);
  if ('secrets' in parsed) return parsed.secrets;
  throw new SophiaError('usage', {
    message: `input "github-secrets": line ${parsed.badLine} is not of the form property.path=value`,
    hint: 'a secret of several lines does not fit: compare it as base64 in both places',
  });
}
