import { patched } from './kubernetes-patch.ts';
import { KubernetesStore } from './kubernetes-store.ts';
import type { Stored } from './kubernetes-store.ts';
import { json, type Call, type Reply } from './reply.ts';
import { publicRoute, route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

export type KubernetesOptions = ListenOptions & {
  /** The bearer token of the kubeconfig. */
  readonly token: string;
};

export type Kubernetes = Standin & { readonly store: KubernetesStore };

/** apimachinery's StatusReason of an HTTP status, and the server's words. */
const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'User "deployer" cannot patch resource "deployments" in API group "apps"',
};

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const RESOURCES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  v1: [
    ['configmaps', 'ConfigMap'],
    ['secrets', 'Secret'],
  ],
  'apps/v1': [
    ['deployments', 'Deployment'],
    ['replicasets', 'ReplicaSet'],
  ],
};

/**
 * As much of the API server as `kubectl apply`, `get`, `delete` and `rollout` use for Deployments, ConfigMaps and
 * Secrets (kubernetes.io/docs/reference/using-api): discovery, the four verbs with dry runs, and the revisions of a
 * Deployment in its ReplicaSets. Its pods come up at once, or, with an image called broken, never.
 */
export async function startKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  const store = new KubernetesStore();
  const inGroup = (base: string) => `${base}/namespaces/{namespace}/{resource}`;
  const routes = ['/api/v1', '/apis/apps/v1'].flatMap((base) => [
    route('GET', `${inGroup(base)}/{name}`, (call) => read(store, call)),
    route('GET', inGroup(base), (call) => list(store, call)),
    route('POST', inGroup(base), (call) => create(store, call)),
    route('PATCH', `${inGroup(base)}/{name}`, (call) => patch(store, call)),
    route('DELETE', `${inGroup(base)}/{name}`, (call) => remove(store, call)),
  ]);
  const standin = await startStandin(
    {
      name: 'Kubernetes',
      routes: [...discovery(), ...routes],
      authorize: ({ headers }) =>
        headers['authorization'] === `Bearer ${options.token}`
          ? undefined
          : failure(401, 'Unauthorized', 'Unauthorized'),
      error: ({ status }) =>
        failure(status, REASONS[status] ?? 'InternalError', MESSAGES[status] ?? 'an error on the server'),
      named: {},
    },
    options,
  );
  return { ...standin, store };
}

function discovery() {
  const group = {
    name: 'apps',
    versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
  };
  const resources = (groupVersion: string) => () =>
    json(200, {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion,
      resources: (RESOURCES[groupVersion] ?? []).map(([name, kind]) => ({
        name,
        singularName: kind.toLowerCase(),
        namespaced: true,
        kind,
        verbs: VERBS,
      })),
    });
  return [
    publicRoute('GET', '/version', () => json(200, { major: '1', minor: '32', gitVersion: 'v1.32.0' })),
    route('GET', '/api', () => json(200, { kind: 'APIVersions', apiVersion: 'v1', versions: ['v1'] })),
    route('GET', '/apis', () => json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: [group] })),
    route('GET', '/api/v1', resources('v1')),
    route('GET', '/apis/apps/v1', resources('apps/v1')),
    // An OpenAPI 2 document that names no type: then nothing is validated by the client (protobuf: swagger = "2.0").
    route('GET', '/openapi/v2', () => ({
      status: 200,
      headers: { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' },
      body: Buffer.from('0a03322e30', 'hex'),
    })),
    route('GET', '/openapi/v3', () =>
      json(200, {
        paths: {
          'api/v1': { serverRelativeURL: '/openapi/v3/api/v1' },
          'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1' },
        },
      }),
    ),
    route('GET', '/openapi/v3/{path+}', ({ params: { path = '' } }) => json(200, openApi(path))),
  ];
}

/** Says only that the server validates fields itself, which is all that kubectl wants to know. */
function openApi(path: string) {
  const [, group, version] = path.startsWith('apis/') ? path.split('/') : ['', '', 'v1'];
  const groupVersion = path.replace(/^apis?\//, '');
  const parameters = ['dryRun', 'fieldValidation', 'fieldManager'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const entries = (RESOURCES[groupVersion] ?? []).map(([resource, kind]) => [
    `/${path}/namespaces/{namespace}/${resource}/{name}`,
    { patch: { parameters, 'x-kubernetes-group-version-kind': { group, version, kind } } },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.32.0' },
    paths: Object.fromEntries(entries) as unknown,
  };
}

function read(store: KubernetesStore, { params }: Call): Reply {
  const { namespace = '', resource = '', name = '' } = params;
  const found = store.get(resource, namespace, name);
  return found === undefined ? notFound(params) : json(200, found);
}

function list(store: KubernetesStore, { params: { namespace = '', resource = '' }, query }: Call): Reply {
  // A watch that ends at once: the client lists again.
  if (query.get('watch') !== null)
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '' };
  const name = /metadata\.name=([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
  const items = store
    .list(resource, namespace)
    .filter(({ metadata }) => name === undefined || metadata.name === name);
  const [groupVersion = 'v1', known] =
    Object.entries(RESOURCES).find(([, names]) => names.some(([one]) => one === resource)) ?? [];
  const kind = known?.find(([one]) => one === resource)?.[1] ?? '';
  return json(200, {
    kind: `${kind}List`,
    apiVersion: groupVersion,
    metadata: { resourceVersion: '1' },
    items,
  });
}

const isDryRun = ({ query }: Call) => query.get('dryRun') === 'All';

function create(store: KubernetesStore, call: Call): Reply {
  const { resource = '', namespace } = call.params;
  const given = call.json as Stored;
  const metadata = { ...given.metadata, ...(namespace === undefined ? {} : { namespace }) };
  return json(201, store.put(resource, { ...given, metadata }, isDryRun(call)));
}

function patch(store: KubernetesStore, call: Call): Reply {
  const { namespace = '', resource = '', name = '' } = call.params;
  const found = store.get(resource, namespace, name);
  if (found === undefined) return notFound(call.params);
  const next = patched(found, call.json, call.headers['content-type'] ?? '') as Stored;
  return json(200, store.put(resource, JSON.parse(JSON.stringify(next)) as Stored, isDryRun(call)));
}

function remove(store: KubernetesStore, { params }: Call): Reply {
  const { namespace = '', resource = '', name = '' } = params;
  if (!store.delete(resource, namespace, name)) return notFound(params);
  return json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
}

const notFound = ({ resource = '', name = '' }: Call['params']) =>
  failure(404, 'NotFound', `${resource} "${name}" not found`);

const failure = (code: number, reason: string, message: string): Reply =>
  json(code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
