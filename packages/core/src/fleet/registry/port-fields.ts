import type { Located, LocatedMap } from '../../config/located.ts';
import { snake } from './keys.ts';
import type { PortClaim } from './registry.ts';

/** What entries call the port of their server, the surest first. */
const PORT_FIELDS = [
  ...['port', 'mcp_port', 'server_port', 'service_port', 'http_port', 'sse_port', 'listen_port', 'host_port'],
  ...['port_number', 'listen'],
];
const ROLES: Readonly<Record<string, PortClaim['role']>> = {
  ...{ port: 'port', http: 'port', https: 'port', mcp: 'port', sse: 'port', main: 'port', server: 'port' },
  ...{ health: 'health', healthcheck: 'health', metrics: 'metrics', prometheus: 'metrics' },
};

/** @returns the key at which an entry has its port; undefined where it has none. */
export function portField(map: LocatedMap): string | undefined {
  const keys = [...map.entries.keys()].filter((key) => map.entries.get(key)?.value.kind === 'scalar');
  for (const field of PORT_FIELDS) {
    const key = keys.find((candidate) => snake(candidate) === field);
    if (key !== undefined) return key;
  }
  return undefined;
}

export const isPortField = (key: string): boolean => PORT_FIELDS.includes(snake(key));

/** A port of several, where it stands below the entry. */
export interface ListedPort {
  readonly port: number;
  readonly role: PortClaim['role'];
  readonly keys: readonly (string | number)[];
  readonly node: Located;
}

/**
 * Reads `ports` of an entry: `[9000]`, `["9000:9000"]` as compose has it (what the machine sees counts), or
 * `{http: 9000, metrics: 9100}`.
 *
 * @returns none where it is nothing of these: then it is a map of servers, or something else
 */
export function listedPorts(node: Located | undefined): readonly ListedPort[] {
  if (node?.kind === 'list') {
    const ports = node.items.map((item, index): ListedPort => {
      const port = item.kind === 'scalar' ? publishedPort(item.value) : Number.NaN;
      return { port, role: 'port', keys: [index], node: item };
    });
    return ports.some(({ port }) => Number.isNaN(port)) ? [] : ports;
  }
  if (node?.kind !== 'map') return [];
  const ports = [...node.entries].map(([key, { value }]): ListedPort | undefined => {
    const role = ROLES[snake(key)];
    if (role === undefined || value.kind !== 'scalar' || typeof value.value !== 'number') return undefined;
    return { port: value.value, role, keys: [key], node: value };
  });
  return ports.some((port) => port === undefined) ? [] : ports.filter((port) => port !== undefined);
}

function publishedPort(value: unknown): number {
  if (typeof value === 'number') return value;
  const match = /^(?:[\d.]+:|\[[0-9a-f:]+\]:)?(\d+)(?::\d+)?(?:\/(?:tcp|udp))?$/i.exec(String(value).trim());
  return Number(match?.[1] ?? Number.NaN);
}
