import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import { afterEach, expect, test } from '@jest/globals';

import { findOwner, listListeners, socketInodes } from './listeners.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function listen(host: string): Promise<number> {
  const server = createServer((socket) => sockets.push(socket));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, host, done));
  return (server.address() as AddressInfo).port;
}

test('each listener is found each time, among connections, with its reach and its owner', async () => {
  const local = await listen('127.0.0.1');
  const open = await listen('0.0.0.0');
  const either = await listen('::');
  for (const port of [local, open, either]) {
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      await new Promise((done) => socket.once('connect', done));
    }
  }
  // Twice: the second look relies on the order that the first one saw.
  for (let look = 0; look < 2; look += 1) {
    const found = listListeners().filter(({ port }) => [local, open, either].includes(port));
    expect(found.map(({ port, reach }) => [port, reach]).toSorted()).toEqual(
      [
        [local, 'loopback'],
        [open, 'every-interface'],
        [either, 'every-interface'],
      ].toSorted(),
    );
    const own = socketInodes([process.pid]);
    expect(found.every(({ inode }) => own.has(inode))).toBe(true);
  }
  expect(findOwner(local)).toBe(process.pid);
});

test('a listener that came or went since the last look is seen, in either family', async () => {
  const portsNow = (families?: 'IPv4') => listListeners(families).map(({ port }) => port);
  await listen('::1');
  portsNow();
  for (const host of ['127.0.0.1', '::1', '::1']) {
    const port = await listen(host);
    expect(portsNow()).toContain(port);
    expect(portsNow('IPv4').includes(port)).toBe(host === '127.0.0.1');
    const last = servers.pop();
    await new Promise((done) => last?.close(done));
    expect(portsNow()).not.toContain(port);
  }
});
