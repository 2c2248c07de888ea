import type { ServerSpec } from '../server-spec.ts';
import { needsPort } from '../server-spec.ts';

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
export function commonLosses(server: ServerSpec, images: Readonly<Record<string, string>>): Loss[] {
  const { name, expect, command, critical, health } = server;
  const local = command.filter((word) => /(^|[=@/])(127\.0\.0\.1|localhost)(:|$)/.test(word));
  return [
    ...(images[name] === undefined ? [loss(name, `its image; give it with --image SERVER=IMAGE`)] : []),
    ...(local.length > 0
      ? [
          loss(
            name,
            `its command listens on this machine only (${local.join(' ')}); in a container it must listen on all addresses`,
          ),
        ]
      : []),
    ...(health.mcp !== undefined || health.sse !== undefined
      ? [loss(name, 'the MCP handshake as proof of health; only that its port answers is asked')]
      : []),
    ...(expect.tools.length > 0 || expect.minTools > 0 ? [loss(name, 'the tools that it must have')] : []),
    ...(critical ? [] : [loss(name, 'that it is not critical')]),
    ...(needsPort(server)
      ? []
      : [loss(name, 'it speaks over its own pipes; what talks to it must start it')]),
  ];
}

/** @returns the path that answers over HTTP, whichever of its health endpoints that is; undefined where there is none */
export const httpPath = ({ health }: ServerSpec): string | undefined =>
  health.http ?? health.mcp ?? health.sse;

/** @returns true where 2xx is promised; a path of MCP answers a plain GET with an error, which proves life only */
export const answersOk = ({ health }: ServerSpec): boolean => health.http !== undefined;
