import type { ServerSpec } from '../server-spec.ts';
import { needsPort } from '../server-spec.ts';
import { answersOk, commonLosses, loss, httpPath, unknownImage } from './losses.ts';
import type { Loss } from './losses.ts';
import { labelNames } from './render-fleet.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';

/** Where the values of secrets are expected in the cluster. */
export const SECRET_NAME = 'sophia-fleet';
/** It has a shell, wget and nc, and waits for what a server needs. */
const WAIT_IMAGE = 'busybox:1.37.0';
const PERIOD_S = 5;

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));

/** @returns a Deployment for each server, and a Service for each that is reached over a port. */
export function kubernetesManifests(request: RenderRequest): Rendering {
  const labels = labelNames(request.servers);
  const byName = new Map(request.servers.map((server) => [server.name, server]));
  const documents = request.servers.flatMap((server) => {
    const label = labels.get(server.name) ?? server.name;
    const context = { label, labels, byName, image: request.images[server.name] ?? unknownImage(label) };
    const service = needsPort(server) && server.port !== undefined ? [serviceOf(label, server.port)] : [];
    return [deploymentOf(server, context), ...service];
  });
  return { documents, lost: request.servers.flatMap((server) => lossesOf(server, request, byName)) };
}

interface Context {
  readonly label: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly byName: ReadonlyMap<string, ServerSpec>;
  readonly image: string;
}

const selectorOf = (label: string) => ({
  'app.kubernetes.io/name': label,
  'app.kubernetes.io/part-of': SECRET_NAME,
});

function deploymentOf(server: ServerSpec, context: Context): object {
  const { label } = context;
  const waits = server.needs.flatMap((need) => waitFor(need, context));
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

function containerOf(server: ServerSpec, { label, image }: Context): object {
  const { command, port, readyTimeoutMs } = server;
  const own = {
    name: label,
    image,
    command: command.map(literal),
    env: environmentOf(server),
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
function probeOf(server: ServerSpec, port: number): object {
  return answersOk(server)
    ? { httpGet: { path: httpPath(server), port }, timeoutSeconds: 5 }
    : { tcpSocket: { port }, timeoutSeconds: 5 };
}

/** Kubernetes expands `$(NAME)` in commands and values; a text that is meant as it stands has `$$(`. */
const literal = (text: string) => text.replaceAll('$(', '$$$$(');

function environmentOf({ env, secrets, references, port }: ServerSpec): object[] {
  const fromSecret = [...secrets, ...Object.keys(references)].map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: SECRET_NAME, key: name, optional: true } },
  }));
  const plain = { ...(port === undefined ? {} : { PORT: String(port) }), ...env };
  return [...Object.entries(plain).map(([name, value]) => ({ name, value: literal(value) })), ...fromSecret];
}

function serviceOf(label: string, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: label, labels: selectorOf(label) },
    spec: { selector: selectorOf(label), ports: [{ name: 'mcp', port, targetPort: 'mcp' }] },
  };
}

function waitFor(need: string, { labels, byName }: Context): object[] {
  const server = byName.get(need);
  const label = labels.get(need);
  if (server?.port === undefined || label === undefined || !needsPort(server)) return [];
  const path = httpPath(server);
  const ask =
    answersOk(server) && path !== undefined
      ? ['wget', '-q', '-T', '5', '-O', '/dev/null', `http://${label}:${server.port}${path}`]
      : ['nc', '-z', '-w', '5', label, String(server.port)];
  // The words are arguments of the script, never text in it.
  return [
    {
      name: `wait-for-${label}`.slice(0, 63),
      image: WAIT_IMAGE,
      command: ['sh', '-c', 'until "$@"; do sleep 1; done', 'sh', ...ask],
    },
  ];
}

function lossesOf(
  server: ServerSpec,
  { images }: RenderRequest,
  byName: ReadonlyMap<string, ServerSpec>,
): Loss[] {
  const { name, needs, restart, references, host } = server;
  const silent = needs.filter((need) => {
    const needed = byName.get(need);
    return needed === undefined || !needsPort(needed);
  });
  return [
    ...commonLosses(server, images),
    ...silent.map((need) => loss(name, `that ${need} is healthy first; it has no port to ask`)),
    ...needs
      .filter((need) => !silent.includes(need))
      .map((need) =>
        loss(name, `that it is degraded while ${need} is down; ${need} is waited for once, at the start`),
      ),
    ...(restart.limit > 0
      ? [loss(name, 'the limit of its restarts; Kubernetes backs off and never gives up')]
      : []),
    ...Object.keys(references).map((key) =>
      loss(name, `how ${key} is made of other variables; the Secret ${SECRET_NAME} must hold its value`),
    ),
    ...(host === 'localhost' ? [loss(name, 'that clients must call it localhost')] : []),
  ];
}
