import { pathUrl } from '@sophia/core/fleet/server-spec';
import type { HealthSpec, ServerSpec } from '@sophia/core/fleet/server-spec';

import { probeMcp } from '../mcp/probe-mcp.ts';
import { askHttp } from './ask-http.ts';

/** Where servers have their endpoints, the commonest first. */
const USUAL_HTTP = ['/health', '/healthz', '/ping'];
const USUAL_MCP = ['/mcp', '/'];
const USUAL_SSE = ['/sse'];
const ANSWER_TIMEOUT_MS = 3_000;

const distinct = (declared: string | undefined, usual: readonly string[]) => [
  ...new Set(declared === undefined ? usual : [declared, ...usual]),
];

/** @returns the first path that answers 2xx: the declared one, else a usual one; undefined where none does */
export async function findHttp(server: ServerSpec): Promise<string | undefined> {
  for (const path of distinct(server.health.http, USUAL_HTTP)) {
    const fault = await askHttp(pathUrl(server, path), AbortSignal.timeout(ANSWER_TIMEOUT_MS));
    if (fault === undefined) return path;
  }
  return undefined;
}

/**
 * Looks for the endpoint of a server that listens but is not healthy as declared: a handshake at each usual path, each
 * session ended.
 *
 * @returns undefined where no handshake held
 */
export async function findMcp(server: ServerSpec): Promise<Pick<HealthSpec, 'mcp' | 'sse'> | undefined> {
  const timeoutMs = ANSWER_TIMEOUT_MS;
  for (const mcp of distinct(server.health.mcp, USUAL_MCP)) {
    const url = pathUrl(server, mcp);
    if ((await probeMcp({ transport: 'streamable-http', url, timeoutMs })).ok) return { mcp };
  }
  for (const sse of distinct(server.health.sse, USUAL_SSE)) {
    if ((await probeMcp({ transport: 'sse', url: pathUrl(server, sse), timeoutMs })).ok) return { sse };
  }
  return undefined;
}
