import { resolve } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import type { Config } from '@sophia/core/config/parse-config';
import { mcpSchema } from '@sophia/core/config/schema';
import type { McpConfig } from '@sophia/core/config/schema';
import { buildFleet, selectServers } from '@sophia/core/fleet/build-fleet';
import type { Fleet } from '@sophia/core/fleet/build-fleet';
import type { DescribedFleet } from '@sophia/core/fleet/compare-fleet';
import { readRegistry } from '@sophia/core/fleet/registry/read-registry';
import type { Registry } from '@sophia/core/fleet/registry/registry';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';

import { readTrusted } from '../config/trusted-source.ts';
import type { Session } from '../host/session.ts';

/** Where a fleet is described. */
export interface FleetSource {
  readonly session: Session;
  readonly config: Config<'mcp'> | undefined;
  /** Path from the working directory, instead of the configuration's; empty or absent: that one. */
  readonly registry?: string;
  /** Makes another server of each, for a proof; absent: as described. */
  readonly adjust?: (server: ServerSpec) => ServerSpec;
}

/** A fleet as it is described, with where it comes from. */
export interface LoadedFleet extends Fleet {
  readonly mcp: McpConfig;
  readonly registry: Registry | undefined;
}

/**
 * Reads the registry that a configuration names, or an input.
 *
 * @returns undefined where none is named. @throws SophiaError `configuration` where it is not there or not understood
 */
export async function loadRegistry({
  session,
  config,
  registry = '',
}: FleetSource): Promise<Registry | undefined> {
  const path = registry || (config?.sections.mcp.registry ?? '');
  if (path === '') return undefined;
  const text = await readTrusted(session, resolve(session.directory, path));
  if (text !== undefined) return readRegistry({ text, file: path });
  throw new SophiaError('configuration', {
    message: `the registry does not exist: ${path}`,
    hint: 'correct mcp.registry, or the input `registry`; paths begin at the working directory',
  });
}

/**
 * Puts the fleet together from configuration and registry.
 *
 * @throws SophiaError `configuration` where they do not hold, or describe no server that can be started
 */
export async function loadFleet(source: FleetSource): Promise<LoadedFleet> {
  const { config } = source;
  const registry = await loadRegistry(source);
  const mcp = config?.sections.mcp ?? mcpSchema.parse({});
  const file = config?.file ?? registry?.file ?? '';
  const fleet = buildFleet({
    mcp,
    file,
    placeOf: config?.placeOf ?? (() => ({ line: 1, column: 1 })),
    registry,
    environment: config?.environment ?? source.session.common.environment,
  });
  const { adjust = (server: ServerSpec) => server } = source;
  return { ...fleet, servers: fleet.servers.map(adjust), mcp, registry };
}

/** @returns servers with where they are described: in the configuration, else in the registry. */
export function describedFleet(
  { config, registry = '' }: FleetSource,
  servers: readonly ServerSpec[],
): DescribedFleet {
  const listed = Object.keys(config?.sections.mcp.servers ?? {}).length > 0;
  if (config !== undefined && listed) return { servers, file: config.file, placeOf: config.placeOf };
  const file = registry || (config?.sections.mcp.registry ?? '');
  return { servers, file, placeOf: () => ({ line: 1, column: 1 }) };
}

/** @returns the servers that were asked for, with what they need. @throws SophiaError `configuration` for an empty fleet */
export function requireServers(fleet: LoadedFleet, names: readonly string[]): readonly ServerSpec[] {
  if (fleet.servers.length > 0) return selectServers(fleet.servers, names);
  const registered = fleet.registry?.servers.size ?? 0;
  throw new SophiaError('configuration', {
    message:
      registered > 0
        ? `the registry lists ${registered} servers, but neither it nor the configuration says how they are started`
        : 'there is no fleet: the section mcp has no servers, and no registry with commands is named',
    hint: 'list them under mcp.servers with a command each, or name an .mcp.json-like registry',
  });
}
