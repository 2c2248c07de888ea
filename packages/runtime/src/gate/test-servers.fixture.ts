// Servers and folders of the tests of checks: each is closed after the test that started it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';

import type { Redaction } from '../ports/redaction.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @returns the server, once it has started. */
export async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

/** @returns a new folder. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sophia-gate-'));
  closing.push(() => rm(path, { recursive: true }));
  return path;
}

/** @returns a port where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until a server listens. @returns its port; 0 at a socket of the file system */
export async function listening(server: Server): Promise<number> {
  await new Promise((done) => server.once('listening', done));
  closing.push(() => new Promise((done) => server.close(done)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** @returns the address of a web server that answers so. */
export const startWeb = async (answer: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listening(createServer(answer).listen(0, '127.0.0.1'))}`;

/** @returns a redaction that hides nothing, and what was registered as a secret. */
export function notedSecrets() {
  const added: string[] = [];
  const redaction: Redaction = {
    add: (value) => void added.push(value),
    addForms: (forms) => void added.push(...forms),
    redact: (text) => text,
    forms: () => new Set(),
  };
  return { added, redaction };
}
