import { join, resolve } from 'node:path';

import { clientConfig } from '@sophia/core/fleet/client-config';

import type { FleetRequest, FleetResult } from './fleet-request.ts';
import { loadFleet } from './load-fleet.ts';

/** Writes the file for MCP clients into the fleet's folder. @returns its path; empty where the disk is full */
export async function writeClientConfig(request: FleetRequest, result: FleetResult): Promise<string> {
  const { session } = request;
  const healthy = new Set(
    result.items.filter(({ details }) => details['state'] === 'healthy').map(({ name }) => name),
  );
  const { servers } = await loadFleet(request);
  const config = clientConfig(
    servers.filter(({ name }) => healthy.has(name)),
    ({ directory }) => resolve(session.directory, directory),
  );
  const path = join(result.stateDirectory, 'client-config.json');
  try {
    await session.host.files.write(path, `${JSON.stringify(config, undefined, 2)}\n`);
    return path;
  } catch (error) {
    if (!isFull(error)) throw error;
    session.host.log.warning(`the disk is full: ${path} was not written`);
    return '';
  }
}

/** A full disk, or a full share of it; it may lie under an error of ours. */
function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || isFull(error.cause);
}
