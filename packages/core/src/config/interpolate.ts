import type { Issue, Located, LocatedMap, LocatedScalar } from './located.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** What a reference may see, and what it may not. */
export interface Scope {
  readonly variables: Variables;
  /** Names of secrets: these may be read only under `headers` (contract, section 2, Trust). */
  readonly secretNames: ReadonlySet<string>;
  /** Where texts stay as they are written, `${NAME}` and `$$` included; nowhere, where it is not given. */
  readonly isLeft?: ((path: readonly string[]) => boolean) | undefined;
}

const HEADERS = 'headers';

/** A default ends before the next `${`: a megabyte of openings is looked through once, not once for each. */
const REFERENCE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every string of a section; `$$` is a literal `$`. Text for a shell is
 * left alone: the shell reads the environment itself, so no value is ever pasted into a command.
 *
 * @returns the part with the values, and an issue for every name that is unset or may not be read there
 */
export function interpolate(
  section: string,
  tree: Located,
  scope: Scope,
): { tree: Located; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const walk = (part: Located, path: readonly string[]): Located => {
    if (part.kind === 'map') return walkMap(part, path);
    if (part.kind === 'list') {
      return { ...part, items: part.items.map((item, index) => walk(item, [...path, String(index)])) };
    }
    if (typeof part.value !== 'string' || isShellText(path) || scope.isLeft?.(path) === true) return part;
    return { ...part, value: replace(part.value, part, path) };
  };
  const walkMap = (map: LocatedMap, path: readonly string[]): LocatedMap => ({
    ...map,
    entries: new Map(
      [...map.entries].map(([key, entry]) => [key, { ...entry, value: walk(entry.value, [...path, key]) }]),
    ),
  });
  const replace = (text: string, scalar: LocatedScalar, path: readonly string[]): string =>
    text.replace(REFERENCE, (reference, name?: string, fallback?: string) => {
      if (name === undefined) return '$';
      if (isKnownLater(name, path)) return reference;
      if (scope.secretNames.has(name) && !path.includes(HEADERS)) {
        issues.push({
          place: scalar.place,
          message: `\${${name}} is a secret: it may be read only under headers`,
        });
        return reference;
      }
      const value = scope.variables[name];
      if (value !== undefined && value !== '') return value;
      if (fallback !== undefined) return fallback;
      if (value === undefined) issues.push({ place: scalar.place, message: unset(name) });
      return value ?? reference;
    });
  return { tree: walk(tree, [section]), issues };
}

const OUTPUT_PREFIX = 'SOPHIA_OUTPUT_';

const unset = (name: string) => (name.startsWith(OUTPUT_PREFIX) ? outputTooEarly(name) : unsetVariable(name));

const unsetVariable = (name: string) =>
  `the variable ${name} is not set: set it in the job's env, or give a default with \${${name}:-value}`;

/** The configuration is read before any step runs. */
const outputTooEarly = (name: string) =>
  `\${${name}} is not known here: an output is a variable of the programs of later steps; read it in a \`run\` for bash, or in the program`;

const SHELL_TEXT = [
  /^pipeline\.[^.]+$/,
  /^deployment\.phases\.\d+\.steps\.\d+\.(run|undo|before)$/,
  /^checks\..+\.run$/,
];

const REGION = 'SOPHIA_REGION';
const ENGINE_SETTINGS = /^deployment\.phases\.\d+\.steps\.\d+\.(pulumi|docker|kubernetes|vercel)\./;

/** The region of a phase, and outputs of earlier steps in an engine's settings, are put in later. */
const isKnownLater = (name: string, path: readonly string[]) =>
  (name === REGION && path[0] === 'deployment' && path[1] === 'phases') ||
  (name.startsWith(OUTPUT_PREFIX) && ENGINE_SETTINGS.test(path.join('.')));

const isShellText = (path: readonly string[]) => SHELL_TEXT.some((pattern) => pattern.test(path.join('.')));
