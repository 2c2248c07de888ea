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

/**
 * Reads a kubeconfig (kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig). Tokens and client
 * certificates are understood; programs that fetch a token are not run.
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
  if (user?.['exec'] !== undefined || user?.['auth-provider'] !== undefined) {
    return broken(
      `the context ${name} signs in with a program, which this check does not run`,
      'use a context with a token or a client certificate, or a check of kind command: kubectl get --raw /readyz',
    );
  }
  return {
    context: name,
    server,
    ca: pemOf(cluster, 'certificate-authority'),
    cert: pemOf(user, 'client-certificate'),
    key: pemOf(user, 'client-key'),
    token: text(user?.['token']),
  };
}
