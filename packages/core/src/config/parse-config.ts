import { SophiaError } from '../errors.ts';
import { didYouMean } from '../nearest-name.ts';
import { configurationError, renderIssue } from './config-errors.ts';
import { crossCheck, secretVariable } from './cross-check.ts';
import { interpolate } from './interpolate.ts';
import type { Scope, Variables } from './interpolate.ts';
import { locate, parseLocated, placeOf } from './located.ts';
import type { Issue, Located, LocatedMap, Place } from './located.ts';
import { mergeLocated } from './merge.ts';
import { parseSection } from './parse-section.ts';
import { SECTION_NAMES } from './schema.ts';
import type { SectionName, Sections } from './schema.ts';
import { splitCommands } from './split-command.ts';

/** What is to be read from a configuration, and for whom. */
export interface ConfigRequest<S extends SectionName> {
  readonly text: string;
  /** How the file is called in messages. */
  readonly file: string;
  /** Empty: the configuration's only one. */
  readonly environment: string;
  /** Empty: `sophia-<environment>-<seconds since 1970>`. */
  readonly deploymentId: string;
  readonly nowMs: number;
  readonly variables: Variables;
  /** The sections that the caller uses: only in these are variables read. */
  readonly sections: readonly S[];
  /** Texts that stay as they are written, for who passes references on instead of reading them. */
  readonly isLeft?: Scope['isLeft'];
}

/** A configuration that holds, for one environment. */
export interface Config<S extends SectionName> {
  readonly file: string;
  readonly environment: string;
  readonly deploymentId: string;
  readonly sections: Pick<Sections, S>;
  /** Checks that read a variable that is not set: name to what is wrong. Such a check fails with `configuration`. */
  readonly unresolvedChecks: ReadonlyMap<string, string>;
  /** Where a part of the file stands, for annotations. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

const TOP_LEVEL = ['version', ...SECTION_NAMES, 'environments'];
const NO_ENVIRONMENT = 'default';

/**
 * Reads a configuration file (contract, section 2): merges the environment over it, puts the variables in, and
 * validates all of it.
 *
 * @throws SophiaError `configuration` with every error at its file, line and column; `usage` where the
 *   environment is not told
 */
export function parseConfig<S extends SectionName>(request: ConfigRequest<S>): Config<S> {
  const { tree, issues: broken } = parseLocated(request.text);
  if (broken.length > 0) throw configurationError(request.file, broken);
  const issues: Issue[] = [...topLevelIssues(tree)];
  const environment = chooseEnvironment(tree, request);
  const unlisted = unlistedEnvironment(tree, environment);
  issues.push(...unlisted);
  const merged = withEnvironment(tree, environment);
  const deploymentId = request.deploymentId || `sophia-${environment}-${Math.floor(request.nowMs / 1000)}`;
  const variables = {
    ...request.variables,
    SOPHIA_ENVIRONMENT: environment,
    SOPHIA_DEPLOYMENT_ID: deploymentId,
  };
  const scope: Scope = { variables, secretNames: secretNames(merged), isLeft: request.isLeft };
  const reading = readSections(merged, {
    used: new Set<SectionName>(request.sections),
    scope,
    file: request.file,
  });
  issues.push(...reading.issues, ...otherEnvironments(tree, environment));
  if (issues.length > 0) {
    const isFileWell = issues.length === unlisted.length;
    throw configurationError(request.file, issues, isFileWell ? OTHER_ENVIRONMENT : undefined);
  }
  return {
    file: request.file,
    environment,
    deploymentId,
    sections: reading.sections as Pick<Sections, S>,
    unresolvedChecks: reading.unresolvedChecks,
    placeOf: (path) => placeOf(merged, path),
  };
}

function topLevelIssues(tree: LocatedMap): Issue[] {
  const unknown = [...tree.entries].filter(([key]) => !TOP_LEVEL.includes(key));
  const issues: Issue[] = unknown.map(([key, { key: place }]) => ({
    place,
    message: `unknown key "${key}"${didYouMean(key, TOP_LEVEL)}`,
  }));
  const version = tree.entries.get('version')?.value;
  if (version !== undefined && (version.kind !== 'scalar' || version.value !== 1)) {
    issues.push({ place: version.place, message: 'expected version 1: this release reads no other' });
  }
  return issues;
}

function environmentsOf(tree: LocatedMap): readonly string[] | undefined {
  const environments = tree.entries.get('environments')?.value;
  return environments?.kind === 'map' ? [...environments.entries.keys()] : undefined;
}

/** The likelier mistake is in what was asked for: the file may be right. */
const OTHER_ENVIRONMENT =
  'set the input `environment` to one of them, or list it under environments; nothing has run';

function chooseEnvironment(tree: LocatedMap, request: ConfigRequest<SectionName>): string {
  const listed = environmentsOf(tree);
  const { environment } = request;
  if (environment !== '') return environment;
  const [only, ...others] = listed ?? [NO_ENVIRONMENT];
  if (only !== undefined && others.length === 0) return only;
  throw new SophiaError('usage', {
    message: `the environment is not told, and ${request.file} has several: ${(listed ?? []).join(', ') || 'none'}`,
    hint: 'set the input `environment` (at a terminal: --environment) to one of them',
  });
}

function unlistedEnvironment(tree: LocatedMap, environment: string): readonly Issue[] {
  const listed = environmentsOf(tree);
  if (listed === undefined || listed.includes(environment)) return [];
  const message = `the environment "${environment}" is not listed: expected ${listed.join(', ')}${didYouMean(environment, listed)}`;
  return [{ place: placeOf(tree, ['environments']), message }];
}

function withEnvironment(tree: LocatedMap, environment: string): LocatedMap {
  const overlay = locate(tree, ['environments', environment]);
  const entries = new Map([...tree.entries].filter(([key]) => key !== 'environments'));
  const base: LocatedMap = { ...tree, entries };
  if (overlay?.kind !== 'map') return splitCommands(base);
  return splitCommands({ ...(mergeLocated(base, overlay) as LocatedMap), place: tree.place });
}

/** The variables that carry secrets, read before anything is validated: a wrong rule is reported later. */
function secretNames(tree: Located): ReadonlySet<string> {
  const secrets = locate(tree, ['secrets']);
  if (secrets?.kind !== 'map') return new Set();
  return new Set(
    [...secrets.entries].map(([path, { value }]) => {
      const env = locate(value, ['env']);
      return secretVariable(
        path,
        env?.kind === 'scalar' && typeof env.value === 'string' ? { env: env.value } : {},
      );
    }),
  );
}

interface Reading {
  readonly sections: Partial<Sections>;
  readonly issues: readonly Issue[];
  readonly unresolvedChecks: ReadonlyMap<string, string>;
}

interface ReadingRequest {
  readonly used: ReadonlySet<SectionName>;
  readonly scope: Scope;
  readonly file: string;
}

function readSections(tree: LocatedMap, { used, scope, file }: ReadingRequest): Reading {
  const issues: Issue[] = [];
  const sections: Record<string, unknown> = {};
  const unresolvedChecks = new Map<string, string>();
  for (const name of SECTION_NAMES) {
    let part = sectionTree(tree, name);
    if (used.has(name)) {
      const filled =
        name === 'checks' ? fillChecks(part, scope) : { ...interpolate(name, part, scope), unresolved: [] };
      part = filled.tree;
      issues.push(...filled.issues);
      for (const [check, found] of filled.unresolved) {
        unresolvedChecks.set(check, found.map((issue) => renderIssue(file, issue)).join('; '));
      }
    }
    const parsed = parseSection(name, part, used.has(name) ? 'strict' : 'lenient');
    issues.push(...parsed.issues);
    if (parsed.value !== undefined) sections[name] = parsed.value;
  }
  return { sections, issues: [...issues, ...crossCheck(sections, tree)], unresolvedChecks };
}

function sectionTree(tree: LocatedMap, name: SectionName): Located {
  const part = tree.entries.get(name)?.value;
  const empty = part === undefined || (part.kind === 'scalar' && part.value === null);
  return empty ? { kind: 'map', place: part?.place ?? tree.place, entries: new Map() } : part;
}

/** Variables of each check apart from the others: one that is unset fails its own check, not the file. */
function fillChecks(part: Located, scope: Scope) {
  const unresolved: [string, readonly Issue[]][] = [];
  if (part.kind !== 'map') return { tree: part, issues: [], unresolved };
  const entries = new Map(
    [...part.entries].map(([name, entry]) => {
      const filled = interpolate(`checks.${name}`, entry.value, scope);
      if (filled.issues.length > 0) unresolved.push([name, filled.issues]);
      return [name, { ...entry, value: filled.tree }] as const;
    }),
  );
  return { tree: { ...part, entries }, issues: [], unresolved };
}

/** The environments that were not asked for are validated too: a mistake there must not wait for its day. */
function otherEnvironments(tree: LocatedMap, chosen: string): readonly Issue[] {
  const environments = tree.entries.get('environments')?.value;
  if (environments === undefined) return [];
  if (environments.kind !== 'map')
    return [{ place: environments.place, message: 'expected a map of environments' }];
  return [...environments.entries].flatMap(([name, { value }]) => {
    const empty = value.kind === 'scalar' && value.value === null;
    if (value.kind !== 'map' && !empty)
      return [{ place: value.place, message: 'expected a map of sections' }];
    const own = value.kind === 'map' ? overlayKeys(value) : [];
    if (name === chosen) return own;
    const scope: Scope = { variables: {}, secretNames: new Set() };
    return [
      ...own,
      ...readSections(withEnvironment(tree, name), { used: new Set(), scope, file: '' }).issues,
    ];
  });
}

function overlayKeys(overlay: LocatedMap): Issue[] {
  return [...overlay.entries]
    .filter(([key]) => !SECTION_NAMES.includes(key as SectionName))
    .map(([key, { key: place }]) => ({
      place,
      message: `unknown section "${key}"${didYouMean(key, SECTION_NAMES)}`,
    }));
}
