import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { isForbiddenAddress } from './address-guard.ts';
import { proxyAuthorization, ProxyRefusal } from './proxy.ts';
import { ForbiddenAddress } from './resolver.ts';

/** Where the connections of requests come from. */
export interface Agents {
  /** @param isKept the connection may be one that was used before, and is kept for the next */
  choose(route: Route, isKept: boolean): HttpAgent;
  /** Ends every connection, also those in use. Nothing of it keeps the process alive then. */
  close(): void;
}

/** Which way a request goes; `proxy` is one that has to open a tunnel. */
export interface Route {
  readonly protocol: 'http:' | 'https:';
  readonly tunnel: URL | undefined;
}

type Created = (error: Error | null, stream: Duplex) => void;

/** Belt and braces: the address was judged when the name was resolved, and is judged again where the socket went. */
function guardPeer<S extends Duplex | null | undefined>(stream: S, host: string | null | undefined): S {
  const socket = stream as (Socket & S) | null | undefined;
  socket?.once('connect', () => {
    const { remoteAddress = '' } = socket;
    if (isForbiddenAddress(remoteAddress)) socket.destroy(new ForbiddenAddress(host ?? '', remoteAddress));
  });
  return stream;
}

class GuardedHttpAgent extends HttpAgent {
  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined {
    return guardPeer(super.createConnection(options, created), options.host);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined {
    return guardPeer(super.createConnection(options, created), options.host);
  }
}

interface TunnelOptions extends AgentOptions {
  readonly proxy: URL;
  readonly lookup: LookupFunction;
  readonly closing: AbortSignal;
}

/** TLS to the service inside a tunnel that a proxy opens (RFC 9110, 9.3.6): the proxy sees the host and no more. */
class TunnelAgent extends HttpsAgent {
  private readonly tunnel: TunnelOptions;

  constructor(options: TunnelOptions) {
    super({ keepAlive: options.keepAlive ?? false });
    this.tunnel = options;
  }

  override createConnection(options: ClientRequestArgs, created?: Created): undefined {
    const inside = ({ host: _host, path: _path, ...rest }: ClientRequestArgs, socket: Duplex) =>
      super.createConnection({ ...rest, socket } as ClientRequestArgs, undefined);
    openTunnel(`${bracketed(options.host ?? '')}:${options.port}`, this.tunnel).then(
      (socket) => created?.(null, inside(options, socket) as Duplex),
      (error: unknown) => created?.(error as Error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}

const bracketed = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

function openTunnel(target: string, { proxy, lookup, closing }: TunnelOptions): Promise<Duplex> {
  const start = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const request = start({
      protocol: proxy.protocol,
      hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
      agent: false,
      lookup,
      signal: closing,
    });
    request.once('connect', ({ statusCode = 0 }, socket: Duplex) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new ProxyRefusal(proxy, statusCode));
    });
    request.once('response', ({ statusCode = 0 }) => {
      request.destroy();
      reject(new ProxyRefusal(proxy, statusCode));
    });
    request.once('error', reject);
    request.end();
  });
}

/**
 * Agents whose sockets reach no forbidden address. Kept connections are per origin, as Node's agents have it; an idle
 * one does not keep the process alive.
 */
export function openAgents(lookup: LookupFunction): Agents {
  const closing = new AbortController();
  const pair = (keepAlive: boolean) => ({
    'http:': new GuardedHttpAgent({ lookup, keepAlive }),
    'https:': new GuardedHttpsAgent({ lookup, keepAlive }),
  });
  const [kept, fresh] = [pair(true), pair(false)];
  const tunnels = new Map<string, TunnelAgent>();
  const tunnelBy = (proxy: URL, keepAlive: boolean) => {
    const key = `${keepAlive} ${proxy.href}`;
    const agent = tunnels.get(key) ?? new TunnelAgent({ proxy, lookup, keepAlive, closing: closing.signal });
    tunnels.set(key, agent);
    return agent;
  };
  return {
    choose: ({ protocol, tunnel }, isKept) =>
      tunnel === undefined ? (isKept ? kept : fresh)[protocol] : tunnelBy(tunnel, isKept),
    close() {
      closing.abort();
      for (const agent of [...Object.values(kept), ...Object.values(fresh), ...tunnels.values()])
        agent.destroy();
    },
  };
}
