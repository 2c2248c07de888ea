import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

import type { Fault } from '@sophia/core/gate/outcome';

import { guardedLookup, refuseForbiddenLiteral } from './resolver.ts';
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

type Opened = OpenAnswer | { readonly fault: Fault };
type Mark = (phase: keyof Phases) => Partial<Phases>;

/**
 * Requests over sockets of their own, so that each check sees a connection being made. Loopback is allowed.
 *
 * @param lookup how names become addresses; given by tests
 */
export function guardedHttp(lookup = guardedLookup()): Http {
  const agents = agentsWith(lookup);
  return async (request) => {
    const opened = await openRequest(agents, request);
    if ('fault' in opened) return opened;
    try {
      return { answer: await readAnswer(opened, request.maxBodyBytes) };
    } catch (error) {
      return { fault: socketFault(error) ?? UNKNOWN };
    }
  };
}

export type Agents = Readonly<Record<'http:' | 'https:', HttpAgent>>;

/** @returns agents whose sockets reach no forbidden address. */
export const agentsWith = (lookup = guardedLookup()): Agents => ({
  'http:': new HttpAgent({ lookup }),
  'https:': new HttpsAgent({ lookup }),
});

/** Sends a request and waits for the head of its answer. Never rejects. */
export async function openRequest(
  agents: Agents,
  request: Omit<HttpRequest, 'maxBodyBytes'>,
): Promise<Opened> {
  const { protocol, hostname } = request.url;
  if (protocol !== 'http:' && protocol !== 'https:') return { fault: badScheme(protocol) };
  try {
    refuseForbiddenLiteral(hostname);
    const start = protocol === 'http:' ? httpRequest : httpsRequest;
    const started = start(request.url, { ...optionsOf(request), agent: agents[protocol] });
    return await headOf(started, request.body);
  } catch (error) {
    return { fault: socketFault(error) ?? UNKNOWN };
  }
}

const badScheme = (protocol: string): Fault => ({
  category: 'configuration',
  message: `the URL begins with ${protocol}//, expected http:// or https://`,
  hint: 'correct the URL',
});

function optionsOf({
  method,
  headers,
  signal,
  socket,
  body,
}: Omit<HttpRequest, 'maxBodyBytes'>): RequestOptions {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return {
    method,
    headers: { 'user-agent': 'sophia-actions', 'accept-encoding': 'identity', ...headers, ...length },
    signal,
    ...socket,
  };
}

function headOf(started: ClientRequest, body: HttpRequest['body']): Promise<Opened> {
  const from = performance.now();
  const phases: Mutable<Partial<Phases>> = {};
  const mark: Mark = (phase) => {
    phases[phase] ??= Math.round((performance.now() - from) * 10) / 10;
    return phases;
  };
  started.on('socket', (socket) => {
    socket.once('lookup', () => mark('dnsMs'));
    socket.once('connect', () => mark('connectMs'));
    socket.once('secureConnect', () => mark('tlsMs'));
  });
  return new Promise((resolve) => {
    started.on('error', (error) => resolve({ fault: socketFault(error) ?? UNKNOWN }));
    started.on('response', (response) => {
      mark('firstByteMs');
      resolve({ started, response, mark });
    });
    started.end(body);
  });
}

async function readAnswer(
  { started, response, mark }: OpenAnswer,
  maxBodyBytes: number,
): Promise<HttpAnswer> {
  try {
    const { bytes, truncated } = await collect(response, maxBodyBytes);
    const { totalMs = 0, ...phases } = mark('totalMs');
    const status = response.statusCode ?? 0;
    return { status, headers: headersOf(response), body: bytes, truncated, phases: { ...phases, totalMs } };
  } finally {
    started.destroy();
  }
}

async function collect(
  response: IncomingMessage,
  maxBytes: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true };
  }
  return { bytes: Buffer.concat(chunks), truncated: false };
}

/** @returns the headers of an answer by their names in lower case; several of one name in one line. */
export function headersOf(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
