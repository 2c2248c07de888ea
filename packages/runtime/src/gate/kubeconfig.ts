import type { Fault } from '@sophia/core/gate/outcome';
import { parse } from 'yaml';

type Pem = { readonly pem: string } | { readonly file: string };

/** What of a kubeconfig a request needs. */
export interface Cluster {
  readonly context: string;
  readonly server: string;
  readonly ca: Pem | undefined;
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  readonly token: string | undefined;
  /** A program that signs in (client-go credential plugin). */
  readonly exec: ExecPlugin | undefined;
}

/** kubernetes.io/docs/reference/access-authn-authz/authentication, "client-go credential plugins". */
export interface ExecPlugin {
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the part of a named list: `clusters: [{name, cluster: {...}}]`. */
function named(document: Json, [list, part]: readonly [string, string], name: unknown): Json | undefined {
  const entries = document[list];
  const entry = Array.isArray(entries)
    ? entries.find((one) => isMap(one) && one['name'] === name)
    : undefined;
  const found: unknown = isMap(entry) ? entry[part] : undefined;
  return isMap(found) ? found : undefined;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

function pemOf(map: Json | undefined, key: string): Pem | undefined {
  const data = text(map?.[`${key}-data`]);
  if (data !== undefined) return { pem: Buffer.from(data, 'base64').toString('utf8') };
  const file = text(map?.[key]);
  return file === undefined ? undefined : { file };
}

const broken = (message: string, hint = 'check it with `kubectl config view`'): Fault => ({
  category: 'configuration',
  message,
  hint,
});

function execOf(value: unknown): ExecPlugin | Fault {
  const { command, args = [], env = [], apiVersion } = isMap(value) ? value : {};
  const texts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'string');
  if (text(command) === undefined || !texts(args ?? []) || text(apiVersion) === undefined)
    return broken('exec of the kubeconfig lacks a command or an apiVersion');
  const pairs = (Array.isArray(env) ? env : []).flatMap((one: unknown) =>
    isMap(one) && typeof one['name'] === 'string' && typeof one['value'] === 'string'
      ? [[one['name'], one['value']] as const]
      : [],
  );
  return {
    words: [String(command), ...((args ?? []) as string[])],
    env: Object.fromEntries(pairs),
    apiVersion: String(apiVersion),
  };
}

/**
 * Reads a kubeconfig (kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig). Tokens, client
 * certificates and programs that sign in are understood.
 *
 * @param context default: the file's current one
 */
export function readKubeconfig(source: string, context: string | undefined): Cluster | Fault {
  let document: unknown;
  try {
    document = parse(source);
  } catch {
    return broken('the kubeconfig is no YAML');
  }
  if (!isMap(document)) return broken('the kubeconfig is empty');
  const name = context ?? text(document['current-context']);
  const chosen = named(document, ['contexts', 'context'], name);
  if (name === undefined || chosen === undefined)
    return broken(`the kubeconfig has no context ${name ?? ''}`);
  const cluster = named(document, ['clusters', 'cluster'], chosen['cluster']);
  const user = named(document, ['users', 'user'], chosen['user']);
  const server = text(cluster?.['server']);
  if (server === undefined || !URL.canParse(server)) return broken(`the context ${name} has no server`);
  if (user?.['auth-provider'] !== undefined) {
    return broken(
      `the context ${name} signs in with an auth-provider, which Kubernetes has given up`,
      'use a context with a token, a client certificate or exec',
    );
  }
  const exec = user?.['exec'] === undefined ? undefined : execOf(user['exec']);
  if (exec !== undefined && 'category' in exec) return exec;
  return {
    context: name,
    server,
    ca: pemOf(cluster, 'certificate-authority'),
    cert: pemOf(user, 'client-certificate'),
    key: pemOf(user, 'client-key'),
    token: text(user?.['token']),
    exec,
  };
}
