import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How the server misbehaves once it is connected to (`silent`, `close`, `garbage`, `reset`) or asked
 * (the others, all with a 200 in front).
 */
export type Hostility =
  /** Accepts and says nothing. */
  | 'silent'
  /** Closes politely without an answer. */
  | 'close'
  /** Cuts the connection with RST once it is asked. */
  | 'reset'
  /** Answers with bytes that are no HTTP. */
  | 'garbage'
  /** Announces no length and never ends. */
  | 'endless-body'
  /** 100 MB with a true content-length. */
  | 'huge-body'
  /** One byte every 50 ms, for ever. */
  | 'drip'
  /** Header lines without end. */
  | 'header-flood'
  /** One header line of 1 MB. */
  | 'huge-header'
  /** A status line, then a header every 50 ms, for ever. */
  | 'header-drip'
  /** Promises 1,000 bytes, sends 10 and closes. */
  | 'short-body';

/** A running hostile server. */
export type HostileServer = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Connections open at this moment: 0 shows that a client has let go. */
  readonly openConnections: () => number;
  /** Bytes written so far: shows how much a client took before it stopped. */
  readonly writtenBytes: () => number;
  readonly close: () => Promise<void>;
};

const HUGE_BYTES = 100 * 1024 * 1024;
const BLOCK = Buffer.alloc(64 * 1024, 'x');
const DRIP_MS = 50;

/** Starts a raw TCP server on 127.0.0.1 (any free port unless given) that answers as badly as it is told. */
export async function startHostile(hostility: Hostility, port = 0): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let written = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const write = async (data: Buffer | string): Promise<boolean> => {
      if (socket.destroyed) return false;
      written += Buffer.byteLength(data);
      // Called once the system took the bytes: a client that stops reading stops us, its end frees us.
      await new Promise<void>((resolve) => socket.write(data, () => resolve()));
      return !socket.destroyed;
    };
    misbehave(hostility, socket, write).catch(() => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    openConnections: () => sockets.size,
    writtenBytes: () => written,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

type Write = (data: Buffer | string) => Promise<boolean>;

async function misbehave(hostility: Hostility, socket: Socket, write: Write): Promise<void> {
  if (hostility === 'silent') return void socket.resume();
  if (hostility === 'close') return void socket.resume().end();
  await once(socket, 'data');
  socket.resume();
  switch (hostility) {
    case 'reset':
      return void socket.resetAndDestroy();
    case 'garbage':
      await write('\u0000\u0001SSH-2.0-not-http\r\n\r\n');
      return void socket.end();
    case 'endless-body':
      await write(head('transfer-encoding: chunked'));
      return forever(() => write(`${BLOCK.length.toString(16)}\r\n${BLOCK.toString()}\r\n`));
    case 'huge-body':
      await write(head(`content-length: ${HUGE_BYTES}`));
      return repeat(HUGE_BYTES / BLOCK.length, () => write(BLOCK));
    case 'drip':
      await write(head(`content-length: ${HUGE_BYTES}`));
      return forever(() => dripped(write('x')));
    case 'header-flood':
      await write('HTTP/1.1 200 OK\r\n');
      return forever(() => write(`x-flood: ${'y'.repeat(1_000)}\r\n`));
    case 'huge-header':
      await write(`HTTP/1.1 200 OK\r\nx-huge: ${'z'.repeat(1024 * 1024)}\r\ncontent-length: 0\r\n\r\n`);
      return;
    case 'header-drip':
      await write('HTTP/1.1 200 OK\r\n');
      return forever(() => dripped(write('x-drip: 1\r\n')));
    case 'short-body':
      await write(`${head('content-length: 1000')}0123456789`);
      return void socket.end();
  }
}

function head(length: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${length}\r\n\r\n`;
}

async function forever(step: () => Promise<boolean>): Promise<void> {
  return repeat(Infinity, step);
}

async function repeat(times: number, step: () => Promise<boolean>): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    if (!(await step())) return;
  }
}

async function dripped(write: Promise<boolean>): Promise<boolean> {
  await sleep(DRIP_MS);
  return write;
}
