/** A text of which parts are known only where the fleet runs: pieces as they are, and variables to be read there. */
export type Template = readonly (string | Reference)[];

/** A variable of the place where the fleet runs. */
export interface Reference {
  readonly name: string;
  /** What stands for it where it is unset or empty; undefined: it must be set. */
  readonly fallback: string | undefined;
}

/** As the configuration writes it (contract, section 2), where `$$` is a dollar. */
const IN_CONFIGURATION = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}/g;
/** As registries of editors write it, `${env:NAME}` included; a dollar is a dollar. */
const IN_REGISTRY = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}/g;

export const fromConfiguration = (text: string): Template => split(text, IN_CONFIGURATION);
export const fromRegistry = (text: string): Template => split(text, IN_REGISTRY);

function split(text: string, pattern: RegExp): Template {
  const parts: (string | Reference)[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, name, fallback] = match;
    parts.push(text.slice(end, match.index), name === undefined ? '$' : { name, fallback });
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== '');
}

/** @returns the template as one text, each reference as `put` writes it and each other piece as `literal` does. */
export const written = (
  template: Template,
  put: (reference: Reference) => string,
  literal: (text: string) => string = (text) => text,
): string => template.map((part) => (typeof part === 'string' ? literal(part) : put(part))).join('');

/** @returns the variables that it reads, each once. */
export const referencesOf = (templates: readonly Template[]): readonly Reference[] => [
  ...new Map(
    templates
      .flat()
      .filter((part) => typeof part !== 'string')
      .map((reference) => [reference.name, reference]),
  ).values(),
];

/** For people: as the configuration has it. */
export const shown = (template: Template): string =>
  written(template, ({ name, fallback }) => `\${${name}${fallback === undefined ? '' : `:-${fallback}`}}`);
