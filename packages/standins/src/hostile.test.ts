import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startEcho } from './echo.ts';
import { startHostile, type HostileServer } from './hostile.ts';

let server: HostileServer;
afterEach(() => server.close());

/** The error of a request, or the status if there is none. */
async function outcome(url: string): Promise<unknown> {
  const asked = request(url).end();
  const [result] = await Promise.race([once(asked, 'response'), once(asked, 'error')]).catch(
    (error: unknown) => [error],
  );
  const { statusCode, code } = result as { statusCode?: number; code?: string };
  asked.on('error', () => undefined).destroy();
  return statusCode ?? code;
}

async function lettingGo(): Promise<number> {
  const end = Date.now() + 2_000;
  while (server.openConnections() > 0 && Date.now() < end) await sleep(5);
  return server.openConnections();
}

describe('a hostile server', () => {
  test.each([
    ['reset', 'ECONNRESET'],
    ['close', 'ECONNRESET'],
    ['garbage', 'HPE_INVALID_CONSTANT'],
    ['header-flood', 'HPE_HEADER_OVERFLOW'],
    ['huge-header', 'HPE_HEADER_OVERFLOW'],
  ] as const)('%s: a client sees %s', async (hostility, code) => {
    server = await startHostile(hostility);
    expect(await outcome(server.url)).toBe(code);
    expect(await lettingGo()).toBe(0);
  });

  test.each(['silent', 'header-drip'] as const)('%s never gets to an answer', async (hostility) => {
    server = await startHostile(hostility);
    await expect(fetch(server.url, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    expect(await lettingGo()).toBe(0);
  });

  test('endless-body sends until the client hangs up, and no more', async () => {
    server = await startHostile('endless-body');
    const response = await fetch(server.url);
    const reader = response.body?.getReader();
    let taken = 0;
    while (taken < 1_000_000) taken += (await reader?.read())?.value?.length ?? 0;
    await reader?.cancel();
    expect(await lettingGo()).toBe(0);
    const after = server.writtenBytes();
    await sleep(50);
    expect(server.writtenBytes()).toBe(after);
  });

  test('huge-body is 100 MB, all of it', async () => {
    server = await startHostile('huge-body');
    const response = await fetch(server.url);
    expect(response.headers.get('content-length')).toBe('104857600');
    let taken = 0;
    for await (const chunk of response.body ?? []) taken += chunk.length;
    expect(taken).toBe(104_857_600);
  });

  test('a client that does not read is not filled with memory', async () => {
    server = await startHostile('huge-body');
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await sleep(100);
    expect(server.writtenBytes()).toBeLessThan(50_000_000);
    socket.destroy();
    expect(await lettingGo()).toBe(0);
  });

  test('drip gives a byte at a time, short-body less than it promised', async () => {
    server = await startHostile('drip');
    const response = await fetch(server.url, { signal: AbortSignal.timeout(300) });
    await expect(response.text()).rejects.toThrow('timeout');
    await server.close();
    server = await startHostile('short-body');
    await expect(fetch(server.url).then((short) => short.text())).rejects.toThrow('terminated');
  });
});

describe('echo', () => {
  test('tells what was asked, redirects, and answers any status', async () => {
    server = await startHostile('silent');
    const echo = await startEcho();
    const response = await fetch(`${echo.url}/echo?a=1`, {
      method: 'POST',
      headers: { 'x-key': 'k' },
      body: 'hi',
    });
    expect(await response.json()).toMatchObject({
      method: 'POST',
      path: '/echo',
      query: { a: '1' },
      headers: { 'x-key': 'k' },
      body: 'hi',
    });
    const redirect = await fetch(`${echo.url}/redirect?to=http://169.254.169.254/&status=307`, {
      redirect: 'manual',
    });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, 'http://169.254.169.254/']);
    await expect(fetch(`${echo.url}/loop`)).rejects.toThrow('fetch failed');
    expect((await fetch(`${echo.url}/status/418`)).status).toBe(418);
    expect((await (await fetch(`${echo.url}/text?lines=3`)).text()).split('\n')).toHaveLength(4);
    expect(await (await fetch(`${echo.url}/health`)).json()).toEqual({ status: 'ok' });
    await echo.close();
  });
});
