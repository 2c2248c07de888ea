import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  HTML_PAGE,
  isTransport,
  malformed,
  takeRule,
  type FailOptions,
  type Failure,
  type FailureMode,
  type FailureRule,
  type TransportFailure,
} from './failures.ts';
import { callOf, readBody, recorded, type RecordedRequest } from './incoming.ts';
import { text, type Call, type Reply } from './reply.ts';
import { findRoute, type Route } from './routes.ts';

/** Where a stand-in listens: always 127.0.0.1. */
export type ListenOptions = {
  /** Default 0: any free port. */
  readonly port?: number;
  /** A path in front of every route, as behind a reverse proxy: `/pulumi`. Default none. */
  readonly basePath?: string;
  /** PEM texts: speak HTTPS with this certificate. Default: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
};

/** A service to stand in for: its operations, its credentials and its wording of errors. */
export type Service<Named extends string = never> = {
  readonly name: string;
  readonly routes: readonly Route[];
  /** The refusal of a request without the right credentials; undefined where they are right. */
  readonly authorize: (call: Call) => Reply | undefined;
  /** The service's own error for an HTTP status (404 also answers unknown paths). */
  readonly error: (failure: Failure) => Reply;
  /** Errors that a status alone does not say, e.g. `insufficient_quota`. */
  readonly named: { readonly [Name in Named]: (failure: Failure) => Reply };
};

/** A running stand-in. */
export type Standin<Named extends string = never> = {
  /** `http://127.0.0.1:PORT` and the base path; what a client takes as its base URL. */
  readonly url: string;
  readonly port: number;
  /** All requests so far, in the order of their arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Makes the next (or all) matching requests fail; rules are used in the order they were given. */
  readonly fail: (mode: FailureMode<Named>, options?: FailOptions) => void;
  /** Ends all failing. */
  readonly recover: () => void;
  /** Cuts all connections and frees the port; rejects if a handler of the stand-in itself threw. */
  readonly close: () => Promise<void>;
};

const SLOW_MS = 2_000;

/** Starts a service on loopback. Rejects if the port is taken. */
export async function startStandin<Named extends string>(
  service: Service<Named>,
  options: ListenOptions = {},
): Promise<Standin<Named>> {
  const requests: RecordedRequest[] = [];
  const rules: FailureRule[] = [];
  const faults: unknown[] = [];
  const closing = new AbortController();
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const basePath = options.basePath ?? '';
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${basePath}`;

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const serve = async (): Promise<void> => {
      const body = await readBody(request);
      requests.push(recorded(request, body));
      const call = callOf({ request, body, basePath, url });
      const rule = takeRule(rules, call.method, request.url ?? '');
      await answer({ service, call, rule, response, faults, signal: closing.signal });
    };
    // A client that hangs up in the middle is its own business.
    serve().catch(() => response.destroy());
  });

  return {
    url,
    port,
    requests,
    fail: (mode, fail = {}) => void rules.push({ mode, options: fail, left: fail.times ?? Infinity }),
    recover: () => void rules.splice(0),
    close: async () => {
      closing.abort();
      if (server.listening) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
      if (faults.length > 0) throw new AggregateError(faults, `${service.name}: the stand-in itself failed`);
    },
  };
}

type Exchange<Named extends string> = {
  readonly service: Service<Named>;
  readonly call: Call;
  readonly rule: FailureRule | undefined;
  readonly response: ServerResponse;
  readonly faults: unknown[];
  readonly signal: AbortSignal;
};

async function answer<Named extends string>(exchange: Exchange<Named>): Promise<void> {
  const { rule, response } = exchange;
  if (rule === undefined) return send(response, await handle(exchange));
  if (isTransport(rule.mode)) return spoil(exchange, rule.mode);
  const { service, call } = exchange;
  const status = typeof rule.mode === 'number' ? rule.mode : 0;
  const failure: Failure = { status, retryAfterSeconds: rule.options.retryAfterSeconds ?? 1, call };
  const named = Object.entries<(failure: Failure) => Reply>(service.named).find(
    ([name]) => name === rule.mode,
  );
  send(response, (named?.[1] ?? service.error)(failure));
}

/** `html` and `silence` never reach the service; after the others it has done what was asked. */
async function spoil<Named extends string>(exchange: Exchange<Named>, mode: TransportFailure): Promise<void> {
  const { response, rule, signal } = exchange;
  if (mode === 'silence') return;
  if (mode === 'html') return send(response, HTML_PAGE);
  if (mode === 'slow') await sleep(rule?.options.delayMs ?? SLOW_MS, undefined, { signal });
  const reply = await handle(exchange);
  if (mode === 'slow') return send(response, reply);
  if (mode === 'malformed') return send(response, malformed(reply));
  const body = Buffer.from(reply.body);
  const length = Math.max(2, body.length);
  response.writeHead(reply.status, { ...reply.headers, 'content-length': length });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (mode === 'reset') response.socket?.resetAndDestroy();
    else response.socket?.end();
  });
  response.flushHeaders();
}

async function handle<Named extends string>({ service, call, faults }: Exchange<Named>): Promise<Reply> {
  const found = findRoute(service.routes, call.method, call.path);
  const refusal = found?.route.public === true ? undefined : service.authorize(call);
  if (refusal !== undefined) return refusal;
  if (found === undefined) return service.error({ status: 404, retryAfterSeconds: 1, call });
  try {
    return await found.route.handle({ ...call, params: found.params });
  } catch (error) {
    faults.push(error);
    return text(500, `The stand-in for ${service.name} failed: ${String(error)}`);
  }
}

function send(response: ServerResponse, reply: Reply): void {
  const bodiless = reply.status === 204 || reply.status === 304;
  const length = bodiless ? {} : { 'content-length': Buffer.byteLength(reply.body) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(bodiless ? undefined : reply.body);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The stand-in has no port.');
  return address.port;
}
