import type { ServerSpec } from '../server-spec.ts';
import { SECRET_NAME } from './kubernetes.ts';
import { commonLosses, loss, unknownImage } from './losses.ts';
import type { Loss } from './losses.ts';
import { labelNames } from './render-fleet.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';

/** @returns a MCPServer of ToolHive's operator (toolhive.stacklok.dev/v1beta1) for each server. */
export function toolhiveResources(request: RenderRequest): Rendering {
  const labels = labelNames(request.servers);
  const documents = request.servers.map((server) => {
    const label = labels.get(server.name) ?? server.name;
    return resourceOf(server, label, request.images[server.name] ?? unknownImage(label));
  });
  return { documents, lost: request.servers.flatMap((server) => lossesOf(server, request)) };
}

function transportOf({ health }: ServerSpec): 'streamable-http' | 'sse' | 'stdio' {
  if (health.mcp !== undefined) return 'streamable-http';
  return health.sse === undefined ? 'stdio' : 'sse';
}

function resourceOf(server: ServerSpec, label: string, image: string): object {
  const { command, env, secrets, references, port } = server;
  const transport = transportOf(server);
  const fromSecret = [...secrets, ...Object.keys(references)];
  const plain = { ...(port === undefined ? {} : { PORT: String(port) }), ...env };
  return {
    apiVersion: 'toolhive.stacklok.dev/v1beta1',
    kind: 'MCPServer',
    metadata: { name: label },
    spec: {
      image,
      transport,
      ...(transport === 'stdio' || port === undefined ? {} : { mcpPort: port }),
      ...(port === undefined ? {} : { proxyPort: port }),
      env: Object.entries(plain).map(([name, value]) => ({ name, value })),
      ...(fromSecret.length === 0
        ? {}
        : { secrets: fromSecret.map((key) => ({ name: SECRET_NAME, key, targetEnvName: key })) }),
      // The container of the server is called `mcp` in every pod that the operator makes.
      podTemplateSpec: { spec: { containers: [{ name: 'mcp', command: [...command] }] } },
    },
  };
}

function lossesOf(server: ServerSpec, { images }: RenderRequest): Loss[] {
  const { name, needs, health, references, restart } = server;
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
    ...Object.keys(references).map((key) =>
      loss(name, `how ${key} is made of other variables; the Secret ${SECRET_NAME} must hold its value`),
    ),
  ];
}
