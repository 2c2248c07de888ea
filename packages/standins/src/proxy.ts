import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** What a proxy lets through. */
export type ProxyOptions = {
  /** Names that only the proxy knows, and the ports on 127.0.0.1 that they lead to. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** `user:password`: without it in the header, 407. */
  readonly credentials?: string;
  /** Answers every request with this status. */
  readonly refuse?: number;
};

/** A request as the proxy saw it: `CONNECT` with `host:port`, or a method with a whole URL. */
export type ProxiedRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
};

/** A running proxy. */
export type Proxy = {
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  readonly close: () => Promise<void>;
};

type Refusal = (headers: IncomingHttpHeaders) => number | undefined;

/** A forward proxy on 127.0.0.1: tunnels by CONNECT (RFC 9110, 9.3.6), and plain HTTP by the whole URL. */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const { hosts = {}, credentials, refuse } = options;
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const expected =
    credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  const refusal: Refusal = (headers) =>
    refuse ?? (expected !== undefined && headers['proxy-authorization'] !== expected ? 407 : undefined);

  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, target: url, headers });
    const status = refusal(headers) ?? (URL.canParse(url) ? undefined : 400);
    if (status !== undefined) return void response.writeHead(status).end();
    handOver(request, response, hosts);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    requests.push({ method: 'CONNECT', target: url, headers });
    client.on('error', () => undefined);
    const status = refusal(headers);
    if (status !== undefined) return void client.end(answer(`${status} No`));
    openTunnel(url, client, hosts);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

type Hosts = Readonly<Record<string, number>>;

const answer = (status: string) => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`;

function handOver(request: IncomingMessage, response: ServerResponse, hosts: Hosts): void {
  const { hostname, port, pathname, search } = new URL(request.url ?? '');
  const onward = send({
    host: '127.0.0.1',
    port: hosts[hostname] ?? port,
    method: request.method,
    path: `${pathname}${search}`,
    headers: request.headers,
  });
  onward.on('response', (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  request.pipe(onward);
}

function openTunnel(authority: string, client: Socket, hosts: Hosts): void {
  const { hostname, port } = new URL(`tcp://${authority}`);
  const target = connect(hosts[hostname] ?? Number(port), '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    target.pipe(client).pipe(target);
  });
  target.on('error', () => void client.end(answer('502 Bad Gateway')));
  client.on('close', () => target.destroy());
}
