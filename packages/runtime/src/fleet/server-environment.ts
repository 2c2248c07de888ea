import type { ServerFault } from '@sophia/core/fleet/server-status';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';

import type { Variables } from '../host/host.ts';
import type { Redaction } from '../ports/redaction.ts';
import { resolveCommand, resolveReferences } from './references.ts';

/** What a program needs of the machine it runs on; nothing else of the job's environment is passed on. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|TMPDIR|TEMP|TMP|CI|XDG_[A-Z_]+|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;
/** With it the runner ends at the job's end whatever is left: nothing outlives a job (notes of the runner). */
const TRACKING = 'RUNNER_TRACKING_ID';
/** Names that no child gets, whoever lists them (contract, section 2, Trust). */
const NEVER = /^(INPUT_|STATE_|ACTIONS_)|^GITHUB_(TOKEN|ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)$/;

/** Where values come from, and where secret ones are registered. */
export interface EnvironmentSource {
  readonly variables: Variables;
  readonly redaction: Redaction;
  /** Variables that every child gets: `SOPHIA_ENVIRONMENT`, `SOPHIA_DEPLOYMENT_ID`. */
  readonly always: Readonly<Record<string, string>>;
  /** The absolute working directory of the step. */
  readonly workspace: string;
}

/** A server's whole environment, or why it cannot have one. */
export interface ServerEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly obstacle: ServerFault | null;
  /** The server with its command as it is run. */
  readonly spec: ServerSpec;
}

/**
 * The environment of a server: what programs need, its own `env`, the secrets that are listed for it, and `PORT`.
 * A secret that is not set is an obstacle: the server would only end with an error of its own, again and again.
 */
export function serverEnvironment(spec: ServerSpec, source: EnvironmentSource): ServerEnvironment {
  const missing: string[] = [];
  const passed = Object.entries(source.variables).filter(
    ([name]) => PASSED_ON.test(name) || name === TRACKING,
  );
  const secrets = spec.secrets.map((name) => [name, secret(name, { source, missing })] as const);
  const references = Object.entries(spec.references).map(
    ([name, text]) => [name, reference(text, { source, missing })] as const,
  );
  const variables = {
    ...Object.fromEntries(passed),
    ...source.always,
    ...spec.env,
    ...Object.fromEntries([...references, ...secrets]),
    ...(spec.port === undefined ? {} : { PORT: String(spec.port) }),
  };
  const run = commandOf(spec, { source, missing });
  const known = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    variables: Object.fromEntries(known.filter(([name]) => !NEVER.test(name))),
    obstacle: missing.length === 0 ? run.obstacle : obstacle(missing),
    spec: run.spec,
  };
}

interface Reading {
  readonly source: EnvironmentSource;
  readonly missing: string[];
}

function commandOf(
  spec: ServerSpec,
  { source, missing }: Reading,
): { readonly spec: ServerSpec; readonly obstacle: ServerFault | null } {
  if (spec.readsCommand !== true) return { spec, obstacle: null };
  const { variables, workspace } = source;
  const valueOf = (name: string) => (NEVER.test(name) ? undefined : variables[name]);
  const where = { valueOf, workspace, missing };
  const { command, obstacle: found } = resolveCommand(spec, where);
  const directory = resolveReferences(spec.directory, where);
  return { spec: { ...spec, command, directory }, obstacle: found };
}

function secret(name: string, { source, missing }: Reading): string | undefined {
  const value = NEVER.test(name) ? undefined : source.variables[name];
  if (value === undefined || value === '') missing.push(name);
  else source.redaction.add(value);
  return value;
}

/** A registry's `${NAME}` may hold anything, so it is treated as a secret. */
function reference(text: string, { source, missing }: Reading): string {
  const { variables, workspace, redaction } = source;
  const valueOf = (name: string) => {
    const value = NEVER.test(name) ? undefined : variables[name];
    if (value !== undefined && value !== '') redaction.add(value);
    return value;
  };
  return resolveReferences(text, { valueOf, workspace, missing });
}

function obstacle(missing: readonly string[]): ServerFault {
  const names = [...new Set(missing)].join(', ');
  return {
    category: 'configuration',
    message: `not started: ${names} ${missing.length === 1 ? 'is' : 'are'} not set`,
    hint: "export the value before this step (esc-setup does), or take the name out of the server's secrets",
  };
}
