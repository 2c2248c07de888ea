import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterEach, describe, expect, test } from '@jest/globals';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';

import { freePorts } from '../fleet/fixtures/test-fleet.ts';
import { probeMcp } from './probe-mcp.ts';
import type { McpProbeRequest } from './probe-mcp.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const modules = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol');
const FIXTURE = join(import.meta.dirname, '../fleet/fixtures/server.mjs');

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function start(args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  cleanups.push(() => child.kill('SIGKILL'));
  for (let tries = 0; tries < 200; tries += 1) {
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      break;
    await sleep(50);
  }
  return child;
}

const probe = (url: string, more: Partial<McpProbeRequest> = {}) =>
  probeMcp({ transport: 'streamable-http', url, timeoutMs: 2_000, ...more } as McpProbeRequest);
const pipes = (command: readonly string[], timeoutMs = 20_000) =>
  probeMcp({
    transport: 'stdio',
    command,
    directory: '/',
    variables: { PATH: process.env['PATH'] },
    timeoutMs,
  });

describe('a server of the stateless era', () => {
  test('is met in its own protocol, without a session', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'modern', version: '1.0.0' });
      server.registerTool('remember', { description: 'remembers' }, () => ({ content: [] }));
      return server;
    });
    const seen: (string | undefined)[] = [];
    const url = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push(request.method);
      const { headers, method = 'GET' } = request;
      const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
      const answer = await handler.fetch(
        new Request(`http://${headers.host}${request.url}`, {
          method,
          headers: headers as Record<string, string>,
          body,
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    expect(await probe(url, { expect: { tools: ['remember'] } })).toMatchObject({
      ok: true,
      facts: { era: 'modern', protocolVersion: '2026-07-28', tools: ['remember'] },
    });
    expect(seen).not.toContain('DELETE');
  });
});

describe('servers of the era of sessions', () => {
  test('streamable HTTP and SSE of a real server', async () => {
    const [http = 0, sse = 0] = await freePorts(2);
    const everything = join(modules, 'server-everything/dist/index.js');
    await Promise.all([start([everything, 'streamableHttp'], http), start([everything, 'sse'], sse)]);
    const found = await probe(`http://127.0.0.1:${http}/mcp`, { expect: { tools: ['echo'], minTools: 5 } });
    expect(found).toMatchObject({ ok: true, facts: { era: 'legacy', protocolVersion: '2025-11-25' } });
    expect(await probe(`http://127.0.0.1:${sse}/sse`, { transport: 'sse' })).toMatchObject({ ok: true });
  }, 30_000);

  test('pipes of a real server', async () => {
    const found = await pipes([process.execPath, join(modules, 'server-memory/dist/index.js')]);
    expect(found).toMatchObject({ ok: true, facts: { era: 'legacy' } });
  }, 30_000);

  test('ten probes leave no session behind', async () => {
    const [port = 0] = await freePorts(1);
    await start([FIXTURE], port);
    for (let count = 0; count < 10; count += 1)
      expect((await probe(`http://127.0.0.1:${port}/mcp`)).ok).toBe(true);
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { sessions: number };
    expect(health.sessions).toBe(0);
  });
});

describe('what is wrong is told apart', () => {
  test('nobody there, over each transport', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/mcp`;
    expect(await probe(url)).toMatchObject({ ok: false, fault: { category: 'refused' } });
    const program = [join(import.meta.dirname, 'fixtures/probe.ts'), url.replace('/mcp', '/sse')];
    const { stdout } = await promisify(execFile)(process.execPath, program);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, fault: { category: 'refused' } });
  });

  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [503, 'server-error'],
  ])('HTTP %i is %s', async (status, category) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    expect(await probe(url)).toMatchObject({ ok: false, fault: { category } });
  });

  test('a web page is no MCP, and silence is a timeout', async () => {
    const page = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    expect(await probe(page)).toMatchObject({ ok: false, fault: { category: 'protocol' } });
    const silent = await serve(() => undefined);
    const started = performance.now();
    expect(await probe(silent, { timeoutMs: 500 })).toMatchObject({
      ok: false,
      fault: { category: 'timeout' },
    });
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test('an answer without an end is cut off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1_000_000, 'x');
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write);
      write();
    });
    expect((await probe(url, { timeoutMs: 10_000 })).ok).toBe(false);
  });

  test('a handshake without tools is a failure of its own', async () => {
    const [port = 0] = await freePorts(1);
    await start([FIXTURE, '--no-tools'], port);
    const found = await probe(`http://127.0.0.1:${port}/mcp`, { expect: { minTools: 1 } });
    expect(found).toMatchObject({
      ok: false,
      fault: { category: 'assertion', message: 'the server has no tools' },
      facts: {},
    });
  });

  test('programs that are not there, end at once, or say nothing', async () => {
    expect(await pipes(['no-such-program'])).toMatchObject({ fault: { category: 'configuration' } });
    expect(await pipes(['false'])).toMatchObject({
      fault: { message: expect.stringContaining('exit code 1') },
    });
    expect(await pipes(['sleep', '60'], 1_000)).toMatchObject({ fault: { category: 'timeout' } });
  });
});
