import { SophiaError } from '../../errors.ts';
import { isSecretName } from '../secret-name.ts';
import type { HealthSpec, ServerSpec } from '../server-spec.ts';
import { fromConfiguration, fromRegistry, referencesOf, written } from './template.ts';
import type { Template } from './template.ts';

/** A server without the machine that it was described on: what that machine's variables hold is not in it. */
export interface PortableServer extends Omit<ServerSpec, 'command' | 'env' | 'references'> {
  readonly command: readonly Template[];
  readonly env: Readonly<Record<string, Template>>;
  /** Variables whose values stand in a file, and by their names are secrets: of these only the name is passed on. */
  readonly withheld: readonly string[];
}

/** Who wrote a server: the configuration's texts are as written, `${NAME}` and `$$` included. */
export type Origin = 'configuration' | 'registry';

/** How a server is to be read. */
export interface PortableSource {
  readonly origin: Origin;
  /** The environment that is rendered, which every server is told in SOPHIA_ENVIRONMENT; empty: not told. */
  readonly environment: string;
}

const ENVIRONMENT = 'SOPHIA_ENVIRONMENT';

/**
 * Texts of the section `mcp` whose variables are not read when a fleet is rendered: they stand in the output, and a
 * value may be a secret. What is a number or a choice is read.
 */
export const isPassedOn = (path: readonly string[]): boolean =>
  path[0] === 'mcp' &&
  (path[1] === 'root' ||
    (path[1] === 'servers' && ['command', 'env', 'health', 'working-directory'].includes(path[3] ?? '')));

/** @throws SophiaError `configuration` for a health endpoint that reads variables, which no probe can */
export function portable(server: ServerSpec, { origin, environment }: PortableSource): PortableServer {
  const { command, env, references, health, secrets, name } = server;
  const isConfigured = origin === 'configuration';
  const known = (template: Template): Template =>
    environment === ''
      ? template
      : template.map((part) => (typeof part !== 'string' && part.name === ENVIRONMENT ? environment : part));
  const told = environment === '' ? {} : { [ENVIRONMENT]: environment };
  const templates = Object.entries({ ...told, ...env, ...references })
    // The fleet's own PORT is the one that counts, as where it is started.
    .filter(([variable]) => variable !== 'PORT' || server.port === undefined)
    .map(([variable, text]) => {
      if (isConfigured) return [variable, known(fromConfiguration(text))] as const;
      return [variable, variable in references ? known(fromRegistry(text)) : [text].filter(Boolean)] as const;
    });
  const isKnown = (template: Template) => template.length > 0 && referencesOf([template]).length === 0;
  const withheld = templates
    .filter(([variable, template]) => isSecretName(variable) && isKnown(template))
    .map(([variable]) => variable);
  return {
    ...server,
    command: command.map((word) => known(isConfigured ? fromConfiguration(word) : fromRegistry(word))),
    env: Object.fromEntries(
      templates.filter(([variable]) => !withheld.includes(variable) && !secrets.includes(variable)),
    ),
    withheld: withheld.filter((variable) => !secrets.includes(variable)),
    health: isConfigured ? fixedHealth(name, health) : health,
  };
}

function fixedHealth(name: string, health: HealthSpec): HealthSpec {
  const fixed = (path: unknown) => {
    if (typeof path !== 'string') return path;
    const template = fromConfiguration(path);
    const [first] = referencesOf([template]);
    if (first === undefined) return written(template, () => '');
    throw new SophiaError('configuration', {
      message: `the health endpoint of "${name}" reads the variable ${first.name}: a probe elsewhere cannot`,
      hint: 'write the path out in mcp.servers',
    });
  };
  return Object.fromEntries(Object.entries(health).map(([key, value]) => [key, fixed(value)])) as HealthSpec;
}
