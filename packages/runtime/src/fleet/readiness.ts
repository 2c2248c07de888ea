import { setTimeout as sleep } from 'node:timers/promises';

import { formatDuration } from '@sophia/core/duration';
import { needsPort, pathUrl } from '@sophia/core/fleet/server-spec';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { Fault } from '@sophia/core/gate/outcome';

import { judgeTools } from '../mcp/judge-tools.ts';
import { mcpFault } from '../mcp/mcp-error.ts';
import { openMcp } from '../mcp/mcp-session.ts';
import type { McpEndpoint, McpSession } from '../mcp/mcp-session.ts';
import { askHttp, askTcp } from './ask-http.ts';
import { inspectListening, isRefused, nothingListens, rootListens } from './listening.ts';
import type { Listening } from './listening.ts';
import { listListeners } from './proc/listeners.ts';
import type { ServerProcess } from './server-process.ts';

/** A server that is to be proven ready. */
export interface ReadinessRequest {
  readonly spec: ServerSpec;
  readonly process: ServerProcess;
  readonly fleetId: string;
  /** Ends the wait: the process has ended, or the fleet stops. */
  readonly signal: AbortSignal;
  /** `legacy`: without the question for the newer era, at which some servers end. */
  readonly era: 'auto' | 'legacy';
}

/** A server that is ready, with the one session that is kept for it. */
export interface Ready {
  readonly session: McpSession | undefined;
  readonly listening: Listening;
}

/** `final`: asking this process again would be no use. */
export type Readiness = { readonly ready: Ready } | { readonly fault: Fault; readonly final?: boolean };

/** So that at most this part of a start is lost to waiting for the next question: a hundred small servers add up. */
const POLL_SHARE = 1 / 50;
const SHORTEST_POLL_MS = 5;
const LONGEST_POLL_MS = 100;
/** One attempt of a handshake; a server that is still booting may not answer at all. */
const ATTEMPT_TIMEOUT_MS = 5_000;

/**
 * Asks again and again until everything that is declared holds at once: its port is its own, HTTP 2xx, the MCP
 * handshake, and the expected tools.
 *
 * @returns what was still wrong at the ready-timeout, or when the signal was aborted
 */
export async function waitUntilReady(request: ReadinessRequest): Promise<Readiness> {
  const { spec, signal } = request;
  const started = performance.now();
  const deadline = started + spec.readyTimeoutMs;
  let last: Fault = { category: 'timeout', message: 'it was never asked', hint: 'raise its ready-timeout' };
  while (!signal.aborted && performance.now() < deadline) {
    const found = await tryOnce(request, deadline - performance.now());
    if ('ready' in found || found.final === true) return found;
    // The last attempt is often cut short by the deadline: what was found before says more than "no answer".
    if (found.fault.category !== 'timeout' || last.category === 'timeout') last = found.fault;
    const shareMs = (performance.now() - started) * POLL_SHARE;
    const pollMs = Math.min(Math.max(shareMs, SHORTEST_POLL_MS), LONGEST_POLL_MS);
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  if (last.category === 'refused') last = elsewhere(spec) ?? last;
  return {
    fault: { ...last, message: `not ready within ${formatDuration(spec.readyTimeoutMs)}: ${last.message}` },
  };
}

/** Programs that listen on `localhost` often mean `::1` alone, where nobody answers at 127.0.0.1. */
function elsewhere({ port, host }: ServerSpec): Fault | undefined {
  if (port === undefined || !listListeners().some((listener) => listener.port === port)) return undefined;
  return {
    category: 'refused',
    message: `something listens on port ${port}, but not at ${host}`,
    hint: "say where under mcp.servers: `host: localhost`, or `host: '::1'`; or make it listen on 127.0.0.1",
  };
}

async function tryOnce(request: ReadinessRequest, leftMs: number): Promise<Readiness> {
  const { spec, process, fleetId } = request;
  const family = { fleetId, server: spec.name, root: process.pid, except: process.elders };
  const port = needsPort(spec) ? spec.port : undefined;
  const signal = AbortSignal.any([
    request.signal,
    AbortSignal.timeout(Math.ceil(Math.min(leftMs, ATTEMPT_TIMEOUT_MS))),
  ]);
  if (port !== undefined) {
    if (await isRefused({ host: spec.host, port }, signal)) return { fault: nothingListens(port) };
    if (!rootListens({ host: spec.host, port }, process.pid)) {
      const { fault } = inspectListening(port, family);
      if (fault !== undefined) return { fault };
    }
  }
  const unwell = await askPlain(spec, signal);
  if (unwell !== undefined) return { fault: unwell };
  const endpoints = endpointsOf(spec, process);
  let kept: McpSession | undefined;
  for (const endpoint of endpoints) {
    const opened = await openChecked(endpoint, { spec, signal, leftMs, era: request.era });
    if ('fault' in opened) {
      await kept?.close();
      return opened;
    }
    if (kept === undefined) kept = opened.session;
    else await opened.session.close();
  }
  // Looked at in the end: what a server opens only for its first client counts too.
  const listening = inspectListening(port, family);
  if (listening.fault === undefined) return { ready: { session: kept, listening } };
  await kept?.close();
  return { fault: listening.fault };
}

/** HTTP and TCP, where they are declared. */
export async function askPlain(spec: ServerSpec, signal: AbortSignal): Promise<Fault | undefined> {
  const { health, host, port } = spec;
  if (health.http !== undefined) {
    const fault = await askHttp(pathUrl(spec, health.http), signal);
    if (fault !== undefined) return fault;
  }
  return health.tcp === true && port !== undefined ? await askTcp({ host, port }, signal) : undefined;
}

/** @returns every way in which the server is to speak MCP. */
export function endpointsOf(
  spec: ServerSpec,
  process: Pick<ServerProcess, 'pipes' | 'pid'>,
): readonly McpEndpoint[] {
  const { mcp, sse } = spec.health;
  const { pipes, pid } = process;
  return [
    ...(mcp === undefined ? [] : [{ transport: 'streamable-http', url: pathUrl(spec, mcp) } as const]),
    ...(sse === undefined ? [] : [{ transport: 'sse', url: pathUrl(spec, sse) } as const]),
    ...(pipes === undefined ? [] : [{ transport: 'stdio', pipes, pid } as const]),
  ];
}

interface OpenContext {
  readonly spec: ServerSpec;
  readonly signal: AbortSignal;
  readonly leftMs: number;
  readonly era: 'auto' | 'legacy';
}

async function openChecked(
  endpoint: McpEndpoint,
  { spec, signal, leftMs, era }: OpenContext,
): Promise<{ session: McpSession } | { fault: Fault; final: boolean }> {
  // On pipes there is only one try: a second handshake on the same pipe would be against the protocol.
  const final = endpoint.transport === 'stdio';
  try {
    const limits = final
      ? { timeoutMs: leftMs, era }
      : { timeoutMs: Math.ceil(Math.min(leftMs, ATTEMPT_TIMEOUT_MS)), signal, era };
    const session = await openMcp(endpoint, limits);
    const fault = judgeTools(session.facts.tools, spec.expect);
    if (fault === undefined) return { session };
    await session.close();
    return { fault, final };
  } catch (error) {
    return { fault: mcpFault(error), final };
  }
}
