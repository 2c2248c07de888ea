import { needsPort } from '../server-spec.ts';
import { clusterEnvironment, literal, SECRET_NAME, secretLosses } from './cluster-environment.ts';
import type { ClusterEnvironment } from './cluster-environment.ts';
import { labelNames } from './label-names.ts';
import { commonLosses, loss, unknownImage } from './losses.ts';
import type { Loss } from './losses.ts';
import type { PortableServer } from './portable.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';

/** It has a shell, wget and nc, and waits for what a server needs. */
const WAIT_IMAGE = 'busybox:1.37.0';
const PERIOD_S = 5;

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));

/** @returns a Deployment for each server, and a Service for each that is reached over a port. */
export function kubernetesManifests(request: RenderRequest): Rendering {
  const labels = labelNames(request.servers);
  const byName = new Map(request.servers.map((server) => [server.name, server]));
  const files = request.servers.map((server) => {
    const label = labels.get(server.name) ?? server.name;
    const image = request.images[server.name] ?? unknownImage(label);
    const context = { label, labels, byName, image, environment: clusterEnvironment(server) };
    const service = needsPort(server) && server.port !== undefined ? [serviceOf(label, server.port)] : [];
    return {
      name: `${label}.yaml`,
      servers: [server.name],
      documents: [deploymentOf(server, context), ...service],
    };
  });
  return { files, lost: request.servers.flatMap((server) => lossesOf(server, request, byName)) };
}

interface Context {
  readonly label: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly byName: ReadonlyMap<string, PortableServer>;
  readonly image: string;
  readonly environment: ClusterEnvironment;
}

const selectorOf = (label: string) => ({
  'app.kubernetes.io/name': label,
  'app.kubernetes.io/part-of': SECRET_NAME,
});

function deploymentOf(server: PortableServer, context: Context): object {
  const { label } = context;
  const waits = server.needs.flatMap((need, index) => waitFor(need, index, context));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: label, labels: selectorOf(label) },
    spec: {
      replicas: 1,
      // A server that holds a lock or a file must be gone before the next one starts.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selectorOf(label) },
      template: {
        metadata: { labels: selectorOf(label) },
        spec: {
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: seconds(server.stopTimeoutMs),
          ...(waits.length === 0 ? {} : { initContainers: waits }),
          containers: [containerOf(server, context)],
        },
      },
    },
  };
}

function containerOf(server: PortableServer, { label, image, environment }: Context): object {
  const { port, readyTimeoutMs } = server;
  const own = {
    name: label,
    image,
    command: environment.command,
    env: variablesOf(environment),
    // Nobody attaches to a server that speaks over its pipes, but without them it ends at once.
    ...(needsPort(server) ? {} : { stdin: true }),
  };
  if (port === undefined || !needsPort(server)) return own;
  const probe = probeOf(server, port);
  return {
    ...own,
    ports: [{ name: 'mcp', containerPort: port }],
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: seconds(readyTimeoutMs) },
    readinessProbe: { ...probe, periodSeconds: PERIOD_S },
    livenessProbe: { ...probe, periodSeconds: PERIOD_S, failureThreshold: 3 },
  };
}

/** A path of MCP answers a plain GET with an error, which a probe takes for death: there only the port is asked. */
function probeOf({ health }: PortableServer, port: number): object {
  return health.http === undefined
    ? { tcpSocket: { port }, timeoutSeconds: 5 }
    : { httpGet: { path: health.http, port }, timeoutSeconds: 5 };
}

/** What a value refers to must stand before it. Without its Secret a server does not start, as in the fleet. */
const variablesOf = ({ fromSecret, plain }: ClusterEnvironment): object[] => [
  ...fromSecret.map(({ variable, key }) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: SECRET_NAME, key } },
  })),
  ...plain,
];

function serviceOf(label: string, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: label, labels: selectorOf(label) },
    spec: { selector: selectorOf(label), ports: [{ name: 'mcp', port, targetPort: 'mcp' }] },
  };
}

function waitFor(need: string, index: number, { labels, byName }: Context): object[] {
  const server = byName.get(need);
  const label = labels.get(need);
  if (server?.port === undefined || label === undefined || !needsPort(server)) return [];
  const { http } = server.health;
  const ask =
    http === undefined
      ? ['nc', '-z', '-w', '5', label, String(server.port)]
      : ['wget', '-q', '-T', '5', '-O', '/dev/null', `http://${label}:${server.port}${http}`];
  // The words are arguments of the script, never text in it.
  return [
    {
      name: `wait-${index + 1}-for-${label}`.slice(0, 63).replace(/-+$/, ''),
      image: WAIT_IMAGE,
      command: ['sh', '-c', 'until "$@"; do sleep 1; done', 'sh', ...ask.map(literal)],
    },
  ];
}

function lossesOf(
  server: PortableServer,
  { images }: RenderRequest,
  byName: ReadonlyMap<string, PortableServer>,
): Loss[] {
  const { name, needs, restart } = server;
  const { fromSecret, lost } = clusterEnvironment(server);
  const silent = needs.filter((need) => {
    const needed = byName.get(need);
    return needed === undefined || !needsPort(needed);
  });
  const asked = needs.filter((need) => !silent.includes(need));
  return [
    ...commonLosses(server, images),
    ...silent.map((need) => loss(name, `that ${need} is healthy first; it has no port to ask`)),
    ...asked.map((need) =>
      loss(name, `that it is degraded while ${need} is down; ${need} is waited for once, at the start`),
    ),
    ...(asked.length > 0
      ? [loss(name, `where your cluster has ${WAIT_IMAGE}, which waits for what it needs`)]
      : []),
    ...(restart.limit > 0
      ? [loss(name, 'the limit of its restarts; Kubernetes backs off and never gives up')]
      : []),
    ...lost,
    ...secretLosses(server, fromSecret),
  ];
}
