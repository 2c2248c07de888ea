import { isSecretName } from '@sophia/core/fleet/secret-name';
import type { ServerFault } from '@sophia/core/fleet/server-status';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';

/** What registries refer to, in the words of editors: `${NAME}`, `${env:NAME}`, `${NAME:-default}`, `${input:id}`. */
const REFERENCE =
  /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}|\$\{[a-z]+:(?:[^}$]|\$(?!\{))*\}/g;

/** Where the values of references are. */
export interface ReferenceSource {
  /** @returns the value of a variable; undefined where it is not set, or nobody's business. */
  readonly valueOf: (name: string) => string | undefined;
  /** The workspace, for `${workspaceFolder}`. */
  readonly workspace: string;
  /** Collects what is not there. */
  readonly missing: string[];
}

/** @returns the text with every reference read; one that cannot be is empty there, and noted as missing */
export function resolveReferences(text: string, source: ReferenceSource): string {
  return text.replace(REFERENCE, (whole, name?: string, fallback?: string) => {
    const value = name === undefined ? undefined : (editors(name, source) ?? source.valueOf(name));
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) source.missing.push(name ?? whole);
    return fallback ?? '';
  });
}

/** What editors know without a variable. */
function editors(name: string, { valueOf, workspace }: ReferenceSource): string | undefined {
  if (name === 'workspaceFolder') return workspace;
  return name === 'userHome' ? valueOf('HOME') : undefined;
}

/** @returns a command of a registry with its references read, but never a secret: everybody sees arguments. */
export function resolveCommand(
  { command }: Pick<ServerSpec, 'command'>,
  source: ReferenceSource,
): { readonly command: ServerSpec['command']; readonly obstacle: ServerFault | null } {
  const names = command.flatMap((word) => [...word.matchAll(REFERENCE)].map(([, name = '']) => name));
  const secret = names.find(isSecretName);
  if (secret !== undefined) {
    return {
      command,
      obstacle: {
        category: 'configuration',
        message: `not started: its command reads ${secret}, and every process of the machine can read a command`,
        hint: `give it as a variable: "env": {"${secret}": "\${${secret}}"}`,
      },
    };
  }
  const [program, ...args] = command;
  const read = (word: string) => resolveReferences(word, source);
  return { command: [read(program), ...args.map(read)], obstacle: null };
}
