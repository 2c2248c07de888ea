import { needsPort } from '../server-spec.ts';
import { clusterEnvironment, SECRET_NAME, secretLosses } from './cluster-environment.ts';
import type { ClusterEnvironment } from './cluster-environment.ts';
import { labelNames } from './label-names.ts';
import { commonLosses, loss, unknownImage } from './losses.ts';
import type { Loss } from './losses.ts';
import type { PortableServer } from './portable.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';
import { referencesOf } from './template.ts';

/**
 * @returns a MCPServer of ToolHive's operator (toolhive.stacklok.dev/v1beta1) for each server that speaks MCP; the
 *   others are left out, and listed
 */
export function toolhiveResources(request: RenderRequest): Rendering {
  const labels = labelNames(request.servers);
  const files = request.servers.filter(speaksMcp).map((server) => {
    const label = labels.get(server.name) ?? server.name;
    const image = request.images[server.name] ?? unknownImage(label);
    const document = resourceOf(server, { label, image });
    return { name: `${label}.yaml`, servers: [server.name], documents: [document] };
  });
  return { files, lost: request.servers.flatMap((server) => lossesOf(server, request)) };
}

const speaksMcp = ({ health }: PortableServer) =>
  health.mcp !== undefined || health.sse !== undefined || !needsPort({ health });

function transportOf({ health }: PortableServer): 'streamable-http' | 'sse' | 'stdio' {
  if (health.mcp !== undefined) return 'streamable-http';
  return health.sse === undefined ? 'stdio' : 'sse';
}

/**
 * The operator puts variables and secrets into the pod in an order of its own, and a value may refer only to what
 * stands before it: a variable that is made of others has its whole value in the Secret.
 */
function environmentOf(server: PortableServer): ClusterEnvironment {
  const made = madeOf(server);
  const simple = Object.entries(server.env).filter(([name]) => !made.includes(name));
  const environment = clusterEnvironment({ ...server, env: Object.fromEntries(simple) });
  const whole = made.map((name) => ({ variable: name, key: name }));
  return { ...environment, fromSecret: [...environment.fromSecret, ...whole] };
}

const madeOf = ({ env }: PortableServer): string[] =>
  Object.entries(env)
    .filter(
      ([, template]) =>
        template.length > 1 && referencesOf([template]).some(({ fallback }) => fallback === undefined),
    )
    .map(([name]) => name);

function resourceOf(server: PortableServer, { label, image }: { label: string; image: string }): object {
  const { port } = server;
  const transport = transportOf(server);
  const { fromSecret, plain, command } = environmentOf(server);
  return {
    apiVersion: 'toolhive.stacklok.dev/v1beta1',
    kind: 'MCPServer',
    metadata: { name: label },
    spec: {
      image,
      transport,
      ...(transport === 'stdio' || port === undefined ? {} : { mcpPort: port }),
      ...(port === undefined ? {} : { proxyPort: port }),
      env: plain,
      ...(fromSecret.length === 0
        ? {}
        : {
            secrets: fromSecret.map(({ variable, key }) => ({
              ...{ name: SECRET_NAME, key, targetEnvName: variable },
            })),
          }),
      // The container of the server is called `mcp` in every pod that the operator makes.
      podTemplateSpec: { spec: { containers: [{ name: 'mcp', command }] } },
    },
  };
}

function lossesOf(server: PortableServer, { images }: RenderRequest): Loss[] {
  const { name, needs, health, restart } = server;
  if (!speaksMcp(server))
    return [loss(name, 'the whole server: it has no MCP endpoint, and ToolHive runs nothing else')];
  const { lost, fromSecret } = environmentOf(server);
  const others = [
    ...(health.http === undefined ? [] : [`http ${health.http}`]),
    ...(health.tcp === true ? ['tcp'] : []),
  ];
  return [
    ...commonLosses(server, images),
    ...needs.map((need) => loss(name, `that it needs ${need}; ToolHive starts all servers at once`)),
    ...others.map((what) =>
      loss(name, `its health endpoint (${what}); the operator asks the MCP endpoint only`),
    ),
    ...(restart.limit > 0 ? [loss(name, 'the limit of its restarts')] : []),
    loss(name, 'how long it may take to be ready and to stop; the operator decides that'),
    ...lost,
    ...madeOf(server).map((variable) => loss(name, `how ${variable} is made of other variables`)),
    ...secretLosses(server, fromSecret),
  ];
}
