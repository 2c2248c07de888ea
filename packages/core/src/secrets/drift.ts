import { escKind, type EscProperties, type EscValue } from '../esc/esc-value.ts';
import { type ExactJson, parseExactJson } from '../esc/parse-json.ts';
import { ExactNumber } from '../esc/expression.ts';
import { isEmptyValue, isPlaceholder } from './judge.ts';
import { formatPropertyPath, lookUp, parsePropertyPath, type PropertyPath } from './property-path.ts';
import { SecretText } from './secret-text.ts';
import { anyPart, exportText } from './value-text.ts';

/** How a GitHub secret and a property of the environment compare. Nothing else of them is ever written. */
export type DriftState = 'match' | 'differs' | 'only-esc' | 'only-github';

/** One line `property.path=value` of the `github-secrets` input. */
export interface GithubSecret {
  readonly path: PropertyPath;
  readonly text: SecretText;
}

export type ParsedGithubSecrets =
  | { readonly secrets: readonly GithubSecret[] }
  /** The number of the first line that cannot be read, from 1; what it says may be a secret. */
  | { readonly badLine: number };

/**
 * Parses the `github-secrets` input: lines `property.path=value`, taken whole; empty lines are skipped. If one
 * cannot be read, none is used: it is the second line of a value that has several, and such lines must not be
 * taken for names.
 */
export function parseGithubSecrets(input: string): ParsedGithubSecrets {
  const secrets: GithubSecret[] = [];
  for (const [index, line] of input.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const equals = line.indexOf('=');
    const path = equals === -1 ? undefined : parsePropertyPath(line.slice(0, equals).trim());
    if (path === undefined || !path.every(isPlainStep)) return { badLine: index + 1 };
    secrets.push({ path, text: new SecretText(line.slice(equals + 1)) });
  }
  return { secrets };
}

/** Letters of base64 that names do not have give lines of a key away. */
function isPlainStep(step: string | number): boolean {
  return typeof step === 'number' || !/[+/=]/.test(step);
}

/**
 * Compares GitHub's secrets with the environment. An empty one counts as absent; so does a property that is
 * empty or a placeholder. What is absent on both sides is not in the result.
 */
export function compareDrift(
  secrets: readonly GithubSecret[],
  properties: EscProperties,
): ReadonlyMap<string, DriftState> {
  const result = new Map<string, DriftState>();
  for (const { path, text } of secrets) {
    const state = compare(lookUp(properties, path), text.reveal());
    if (state !== undefined) result.set(formatPropertyPath(path), state);
  }
  return result;
}

function compare(value: EscValue | undefined, github: string): DriftState | undefined {
  const isInEsc = value !== undefined && !isEmptyValue(value) && !anyPart(value, isPlaceholder);
  const isInGithub = github.trim() !== '';
  if (!isInEsc) return isInGithub ? 'only-github' : undefined;
  if (!isInGithub) return 'only-esc';
  return isSame(value, github) ? 'match' : 'differs';
}

/** Structures are compared by what they say, not by how their JSON is laid out. */
function isSame(value: EscValue, github: string): boolean {
  const kind = escKind(value);
  if (kind.kind === 'list' || kind.kind === 'map') return isSameJson(exportText(value), github);
  return withoutLastNewline(exportText(value)) === withoutLastNewline(github);
}

/** A line of the input cannot end with the newline that a stored value often has. */
function withoutLastNewline(text: string | undefined): string | undefined {
  return text?.replace(/\r?\n$/, '');
}

function isSameJson(left: string | undefined, right: string): boolean {
  if (left === undefined) return false;
  try {
    return canonical(parseExactJson(left)) === canonical(parseExactJson(right));
  } catch {
    return false;
  }
}

function canonical(json: ExactJson): string {
  if (json instanceof ExactNumber) return json.text;
  if (json instanceof Map) {
    const entries = [...json].map(
      ([key, value]: [string, ExactJson]) => `${JSON.stringify(key)}:${canonical(value)}`,
    );
    return `{${entries.sort().join(',')}}`;
  }
  return Array.isArray(json) ? `[${json.map(canonical).join(',')}]` : JSON.stringify(json);
}
