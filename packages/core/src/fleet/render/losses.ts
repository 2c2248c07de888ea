import { needsPort } from '../server-spec.ts';
import type { PortableServer } from './portable.ts';
import { shown } from './template.ts';

/** An image that no registry can have (RFC 2606 keeps `.invalid` free): it says what is missing, and never runs. */
export const unknownImage = (label: string): string => `image.invalid/${label}:unset`;

/** Something of a server that a format does not say. */
export interface Loss {
  readonly server: string;
  readonly what: string;
}

export const loss = (server: string, what: string): Loss => ({ server, what });

/** @returns one line for each thing that is lost, with the servers that lose it. */
export function renderLosses(losses: readonly Loss[]): string[] {
  const servers = new Map<string, string[]>();
  for (const { server, what } of losses) servers.set(what, [...(servers.get(what) ?? []), server]);
  return [...servers].map(([what, names]) => `${names.join(', ')}: ${what}`);
}

/** What every format loses of a server: features of a supervisor that knows MCP, and facts about its image. */
export function commonLosses(server: PortableServer, images: Readonly<Record<string, string>>): Loss[] {
  const { name, expect, critical, health, priority, withheld } = server;
  const when = (isLost: boolean, what: string) => (isLost ? [loss(name, what)] : []);
  return [
    ...when(images[name] === undefined, 'its image; say it under mcp.servers, or with --image SERVER=IMAGE'),
    ...when(true, 'the folder that it runs in; its image must begin there'),
    ...machineLosses(server),
    ...when(
      health.mcp !== undefined || health.sse !== undefined,
      'the MCP handshake as proof of health; only that its port or its health endpoint answers is asked',
    ),
    ...when(expect.tools.length > 0 || expect.minTools > 0, 'the tools that it must have'),
    ...when(!critical, 'that it is not critical'),
    ...when(priority !== DEFAULT_PRIORITY, 'its priority; what does not need another starts at once'),
    ...when(!needsPort(server), 'it speaks over its own pipes; what talks to it must start it'),
    ...withheld.map((variable) =>
      loss(name, `the value of ${variable}: by its name it is a secret, so only the name stands here`),
    ),
  ];
}

const DEFAULT_PRIORITY = 100;
const THIS_MACHINE = /(^|[^A-Za-z0-9.])(127\.0\.0\.1|localhost|\[?::1\]?)($|[^A-Za-z0-9.])/;

/** In a container, `localhost` is the container: nobody reaches what listens there, and nobody else is there. */
function machineLosses({ name, command, env, host }: PortableServer): Loss[] {
  const words = command.map(shown).filter((word) => THIS_MACHINE.test(word));
  const variables = Object.entries(env)
    .filter(([, template]) => THIS_MACHINE.test(shown(template)))
    .map(([variable]) => variable);
  const places = [...words, ...variables];
  return [
    ...(places.length > 0
      ? [
          loss(
            name,
            `that ${places.join(', ')} means this machine; in a container it must listen on all addresses (0.0.0.0), and finds other servers by their names`,
          ),
        ]
      : []),
    ...(host === 'localhost' ? [loss(name, 'that clients must call it localhost')] : []),
  ];
}
