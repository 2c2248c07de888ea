import { loss } from './losses.ts';
import type { Loss } from './losses.ts';
import type { PortableServer } from './portable.ts';
import { referencesOf, written } from './template.ts';
import type { Reference, Template } from './template.ts';

/** Where the values of secrets, and of variables that must be set, are expected in a cluster. */
export const SECRET_NAME = 'sophia-fleet';

/** A variable whose value is a key of the Secret. */
export interface FromSecret {
  readonly variable: string;
  readonly key: string;
}

/** The environment of a server's container, as Kubernetes can say it. */
export interface ClusterEnvironment {
  readonly fromSecret: readonly FromSecret[];
  readonly plain: readonly { readonly name: string; readonly value: string }[];
  readonly command: readonly string[];
  readonly lost: readonly Loss[];
}

/** Kubernetes expands `$(NAME)` in commands and values; a text that is meant as it stands has `$$(`. */
export const literal = (text: string) => text.replaceAll('$(', '$$$$(');

/** Variables that only lend their values to commands and to other variables; no server reads such a name. */
const lender = (name: string) => `SOPHIA_REF_${name}`;
const put = ({ name, fallback }: Reference) =>
  fallback === undefined ? `$(${lender(name)})` : literal(fallback);

/** @returns the variable that a template is as a whole. */
const wholly = (template: Template): string | undefined => {
  const [first, ...others] = template;
  if (first === undefined || typeof first === 'string' || others.length > 0) return undefined;
  return first.fallback === undefined ? first.name : undefined;
};

/**
 * Secrets and variables without a default come out of the Secret; a default stands in the place of its variable, since
 * a cluster has no environment that the fleet is started in.
 */
export function clusterEnvironment(server: PortableServer): ClusterEnvironment {
  const { name, command, env, secrets, withheld, port } = server;
  const mixed = Object.entries(env).filter(([, template]) => wholly(template) === undefined);
  const whole = Object.entries(env).flatMap(([variable, template]) => {
    const key = wholly(template);
    return key === undefined ? [] : [{ variable, key }];
  });
  const read = referencesOf([...command, ...mixed.map(([, template]) => template)]);
  const lent = read.filter(({ fallback }) => fallback === undefined);
  const text = (template: Template) => written(template, put, literal);
  return {
    fromSecret: [
      ...[...secrets, ...withheld].map((variable) => ({ variable, key: variable })),
      ...whole,
      ...lent.map((reference) => ({ variable: lender(reference.name), key: reference.name })),
    ],
    plain: [
      ...(port === undefined ? [] : [{ name: 'PORT', value: String(port) }]),
      ...mixed.map(([variable, template]) => ({ name: variable, value: text(template) })),
    ],
    command: command.map(text),
    lost: read
      .filter(({ fallback }) => fallback !== undefined)
      .map((reference) =>
        loss(
          name,
          `that it reads ${reference.name}; its default "${reference.fallback ?? ''}" stands here instead`,
        ),
      ),
  };
}

/** @returns one line on what the Secret must hold for a server; nothing where that is nothing */
export function secretLosses({ name }: PortableServer, fromSecret: readonly FromSecret[]): Loss[] {
  const keys = [...new Set(fromSecret.map(({ key }) => key))];
  if (keys.length === 0) return [];
  return [loss(name, `the values of ${keys.join(', ')}; the Secret ${SECRET_NAME} must hold them`)];
}
