import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';

import type { Fault } from '@sophia/core/gate/outcome';

import { openAgents } from './agents.ts';
import type { Agents } from './agents.ts';
import { behindProxy, proxyAuthorization, ProxyRefusal, wayTo } from './proxy.ts';
import { guardedLookup, judgeBehindProxy, refuseForbiddenLiteral } from './resolver.ts';
import { socketFault } from './socket-fault.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** More of a body than this is not read: the answer is then `truncated`. */
  readonly maxBodyBytes: number;
  /** Further options of the socket: a UNIX socket, a client certificate. */
  readonly socket?: Pick<RequestOptions, 'socketPath'> & {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
  };
}

/** When each phase ended, in milliseconds from the start; phases that did not happen are absent. */
export interface Phases {
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs: number;
  /** True where the connection of an earlier request was used: then there was nothing to resolve or to connect. */
  readonly reused?: true;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly phases: Phases;
}

/** An answer, whatever its status, or why there is none. */
export type HttpResult = { readonly answer: HttpAnswer } | { readonly fault: Fault };

/** One request. It follows no redirect, and reaches no link-local or metadata address. */
export type Http = (request: HttpRequest) => Promise<HttpResult>;

/** Requests, and the connections that are kept for the next ones until `close`. */
export interface HttpClient {
  readonly http: Http;
  close(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const UNKNOWN: Fault = {
  category: 'protocol',
  message: 'the request failed in a way that is not known',
  hint: 'check the URL, and proxies in between',
};

/** The head of an answer; its body is still to come. */
export interface OpenAnswer {
  readonly started: ClientRequest;
  readonly response: IncomingMessage;
  readonly mark: Mark;
}

/** `isStale`: a kept connection was closed before a byte came, as servers do when they tire of an idle one. */
type Opened = OpenAnswer | { readonly fault: Fault; readonly isStale?: boolean };
type Mark = (phase: Exclude<keyof Phases, 'reused'>) => Partial<Phases>;

/** What requests go over. */
export interface Network {
  readonly agents: Agents;
  /** Where proxies are named (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

type OpenRequest = Omit<HttpRequest, 'maxBodyBytes'>;

/** Safe to send twice (RFC 9110, 9.2.2), so they may try a connection that the server has perhaps closed. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * Requests over guarded sockets: connections are kept for the next request to the same origin, which is most of what a
 * request costs. A kept one that turns out to be closed is replaced once by a new one. Loopback is allowed.
 *
 * @param lookup how names become addresses; given by tests
 */
export function openHttp(variables: Network['variables'] = {}, lookup = guardedLookup()): HttpClient {
  const network = { agents: openAgents(lookup), variables };
  const http: Http = async (request) => {
    let opened = await openRequest(network, request, REPEATABLE.has(request.method));
    if ('fault' in opened && opened.isStale === true) opened = await openRequest(network, request, false);
    if ('fault' in opened) return { fault: opened.fault };
    try {
      return { answer: await readAnswer(opened, request.maxBodyBytes) };
    } catch (error) {
      return { fault: socketFault(error) ?? UNKNOWN };
    }
  };
  return { http, close: () => network.agents.close() };
}

/**
 * Sends a request and waits for the head of its answer. Never rejects.
 *
 * @param isKept whether a connection that was used before may be used, and this one kept
 */
export async function openRequest(network: Network, request: OpenRequest, isKept: boolean): Promise<Opened> {
  const { protocol, hostname } = request.url;
  if (protocol !== 'http:' && protocol !== 'https:') return { fault: badScheme(protocol) };
  const isLocal = request.socket?.socketPath !== undefined;
  const way = isLocal ? { proxy: undefined } : wayTo(request.url, network.variables);
  if ('fault' in way) return way;
  const { proxy } = way;
  try {
    refuseForbiddenLiteral(hostname);
    if (proxy !== undefined) await judgeBehindProxy(hostname);
    const opened = await headOf(start(network, { request, proxy, isKept }), request);
    return proxy === undefined ? opened : seenThrough(proxy, opened);
  } catch (error) {
    return { fault: socketFault(error) ?? UNKNOWN };
  }
}

const badScheme = (protocol: string): Fault => ({
  category: 'configuration',
  message: `the URL begins with ${protocol}//, expected http:// or https://`,
  hint: 'correct the URL',
});

/** A proxy's own refusal is none of the service; of TLS it is seen when the tunnel is opened. */
function seenThrough(proxy: URL, opened: Opened): Opened {
  if ('fault' in opened) return { ...opened, fault: behindProxy(opened.fault, proxy) };
  if (opened.response.statusCode !== 407) return opened;
  opened.started.destroy();
  return { fault: new ProxyRefusal(proxy, 407).fault };
}

interface Start {
  readonly request: OpenRequest;
  readonly proxy: URL | undefined;
  readonly isKept: boolean;
}

/** TLS goes through a tunnel; what is not encrypted is handed to the proxy with its whole URL (RFC 9112, 3.2.2). */
function start({ agents }: Network, { request, proxy, isKept }: Start): ClientRequest {
  const { url } = request;
  const isTls = url.protocol === 'https:';
  const handedOver = proxy !== undefined && !isTls;
  const next = handedOver ? proxy : url;
  const protocol = next.protocol === 'https:' ? 'https:' : 'http:';
  const authorization = handedOver ? proxyAuthorization(proxy) : undefined;
  const options = optionsOf(request);
  return (protocol === 'https:' ? httpsRequest : httpRequest)({
    ...urlToHttpOptions(next),
    ...options,
    agent: agents.choose({ protocol, tunnel: isTls ? proxy : undefined }, isKept),
    ...(handedOver && {
      auth: urlToHttpOptions(url).auth ?? null,
      path: `${url.origin}${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        ...options.headers,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    }),
  });
}

type Sent = RequestOptions & { readonly headers: Record<string, string> };

function optionsOf({ method, headers, socket, body }: OpenRequest): Sent {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return {
    method,
    headers: { 'user-agent': 'sophia-actions', 'accept-encoding': 'identity', ...headers, ...length },
    ...socket,
  };
}

function headOf(started: ClientRequest, { body, signal }: OpenRequest): Promise<Opened> {
  const from = performance.now();
  const phases: Mutable<Partial<Phases>> = {};
  const mark: Mark = (phase) => {
    phases[phase] ??= Math.round((performance.now() - from) * 10) / 10;
    return phases;
  };
  const stop = () => started.destroy();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  started.on('close', () => signal.removeEventListener('abort', stop));
  started.on('socket', (socket) => {
    if (started.reusedSocket) return void (phases.reused = true);
    socket.once('lookup', () => mark('dnsMs'));
    socket.once('connect', () => mark('connectMs'));
    socket.once('secureConnect', () => mark('tlsMs'));
  });
  return new Promise((resolve) => {
    started.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = phases.reused === true && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      resolve({ fault: socketFault(error) ?? UNKNOWN, isStale: isStale && !signal.aborted });
    });
    started.on('response', (response) => {
      mark('firstByteMs');
      resolve({ started, response, mark });
    });
    started.end(body);
  });
}

async function readAnswer(opened: OpenAnswer, maxBodyBytes: number): Promise<HttpAnswer> {
  const { response, mark } = opened;
  const { bytes, truncated } = await collect(opened, maxBodyBytes);
  const { totalMs = 0, ...phases } = mark('totalMs');
  const status = response.statusCode ?? 0;
  return { status, headers: headersOf(response), body: bytes, truncated, phases: { ...phases, totalMs } };
}

/** Events, not an async iterator, which costs as much as the rest of a small answer. */
function collect(
  { started, response }: OpenAnswer,
  maxBytes: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    response.on('error', reject);
    response.on('end', () => resolve({ bytes: Buffer.concat(chunks), truncated: false }));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= maxBytes) return;
      resolve({ bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true });
      started.destroy();
    });
  });
}

/** @returns the headers of an answer by their names in lower case; several of one name in one line. */
export function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}
