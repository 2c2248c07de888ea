import type * as SdkModule from '@modelcontextprotocol/client';
import type { Client, StreamableHTTPClientTransport, Transport } from '@modelcontextprotocol/client';

import { cappedFetch } from './capped-fetch.ts';
import { httpStatusOf } from './mcp-error.ts';
import { PipeTransport } from './pipe-transport.ts';
import type { Pipes } from './pipe-transport.ts';

/** Where a server is reached. */
export type McpEndpoint =
  | {
      readonly transport: 'streamable-http' | 'sse';
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Sends the requests; default: the global one. */
      readonly fetch?: typeof fetch;
    }
  | { readonly transport: 'stdio'; readonly pipes: Pipes; readonly pid: number | null };

/** What a handshake tells. */
export interface McpFacts {
  /** `modern`: stateless, since revision 2026-07-28; `legacy`: with a session. */
  readonly era: 'modern' | 'legacy';
  /** The revision, such as 2025-11-25. */
  readonly protocolVersion: string;
  /** Name and version as the server gives them; untrusted. */
  readonly server: string;
  readonly tools: readonly string[];
}

/** One session with one server, kept open. */
export interface McpSession {
  readonly facts: McpFacts;
  /** Asks whether the server is still there, by the cheapest request of its era. @throws what the client throws */
  ping(timeoutMs: number): Promise<void>;
  /** Ends the session at the server, then the connection; never throws, and takes 2 s at most. */
  close(): Promise<void>;
}

/** Limits of an opening. */
export interface OpenLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** `legacy`: without asking for the newer era, for servers that end when they are asked. */
  readonly era?: 'auto' | 'legacy';
}

/** On pipes an old server may answer the newer question with silence: so long it is waited for. */
const PIPE_PROBE_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const CLIENT = { name: 'sophia-actions', version: '1.0.0' };
/** A lost stream is the server's fault to be seen, not to be healed behind our back. */
const NO_RECONNECTION = {
  maxRetries: 0,
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 1_000,
  reconnectionDelayGrowFactor: 1,
};

/**
 * Opens a session: negotiates the era, shakes hands, and lists the tools. The session is ended again where any of
 * this fails: five handshakes without that left ten processes behind a bridge (notes of MCP).
 *
 * @throws what the client throws; {@link import('./mcp-error.ts').mcpFault} tells what it means
 */
export async function openMcp(endpoint: McpEndpoint, limits: OpenLimits): Promise<McpSession> {
  try {
    return await open(endpoint, limits);
  } catch (error) {
    const status = httpStatusOf(error);
    // Some old servers answer what they do not know with 500: then the older handshake decides.
    if (
      endpoint.transport !== 'streamable-http' ||
      limits.era === 'legacy' ||
      status === undefined ||
      status < 500
    )
      throw error;
    return await open(endpoint, { ...limits, era: 'legacy' });
  }
}

async function open(
  endpoint: McpEndpoint,
  { timeoutMs: limitMs, signal, era = 'auto' }: OpenLimits,
): Promise<McpSession> {
  const sdk = await import('@modelcontextprotocol/client');
  // Timers of the platform take whole numbers only.
  const timeoutMs = Math.max(1, Math.ceil(limitMs));
  // SSE is a transport of the older era only.
  const mode = endpoint.transport === 'sse' ? 'legacy' : era;
  const probeMs =
    endpoint.transport === 'stdio' ? Math.min(PIPE_PROBE_MS, Math.ceil(timeoutMs / 2)) : timeoutMs;
  const client = new sdk.Client(CLIENT, { versionNegotiation: { mode, probe: { timeoutMs: probeMs } } });
  // An error beside a request (a broken stream, a line that is no message) shows in the request that suffers from it.
  client.onerror = () => undefined;
  const transport = transportTo(endpoint, sdk);
  const close = () => closeSession(client, transport);
  const timeout = AbortSignal.timeout(timeoutMs);
  const whole = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const options = { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal: whole };
  try {
    await untilAborted(client.connect(transport, options), whole);
    const hasTools = client.getServerCapabilities()?.tools !== undefined;
    const tools = hasTools ? (await untilAborted(client.listTools({}, options), whole)).tools : [];
    const facts = factsOf(
      client,
      tools.map(({ name }) => name),
    );
    return { facts, close, ping: (pingTimeoutMs) => ping(client, pingTimeoutMs, sdk.ProtocolError) };
  } catch (error) {
    await close();
    throw error;
  }
}

type Sdk = typeof SdkModule;

function transportTo(endpoint: McpEndpoint, sdk: Sdk): Transport {
  if (endpoint.transport === 'stdio') return new PipeTransport(endpoint.pipes, endpoint.pid);
  const options = { fetch: cappedFetch(endpoint.fetch), requestInit: { headers: { ...endpoint.headers } } };
  const url = new URL(endpoint.url);
  // The client's class has optional members without `undefined`, its interface with: they mean the same.
  if (endpoint.transport === 'sse') return new sdk.SSEClientTransport(url, options) as Transport;
  return new sdk.StreamableHTTPClientTransport(url, {
    ...options,
    reconnectionOptions: NO_RECONNECTION,
  }) as Transport;
}

function factsOf(client: Client, tools: readonly string[]): McpFacts {
  const server = client.getServerVersion();
  return {
    era: client.getProtocolEra() ?? 'legacy',
    protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
    server: server === undefined ? '' : `${server.name} ${server.version}`,
    tools,
  };
}

async function ping(client: Client, timeoutMs: number, ProtocolError: Sdk['ProtocolError']): Promise<void> {
  const options = { timeout: timeoutMs, maxTotalTimeout: timeoutMs };
  try {
    if (client.getProtocolEra() === 'modern') await client.discover(options);
    else await client.ping(options);
  } catch (error) {
    // Whoever refuses the request by protocol has read it: the server is there.
    if (!(error instanceof ProtocolError)) throw error;
  }
}

async function closeSession(client: Client, transport: Transport): Promise<void> {
  const limit = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
  if ('terminateSession' in transport) {
    const ended = (
      transport as Transport & Pick<StreamableHTTPClientTransport, 'terminateSession'>
    ).terminateSession();
    await untilAborted(ended, limit).catch(() => undefined);
  }
  await untilAborted(client.close(), limit).catch(() => undefined);
}

/** Settles with the promise, or rejects with the signal's reason: the client does not heed its signal everywhere. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
