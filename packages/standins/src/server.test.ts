import { afterEach, describe, expect, test } from '@jest/globals';
import { json } from './reply.ts';
import { publicRoute, route } from './routes.ts';
import { startStandin, type Service, type Standin } from './server.ts';

const echo: Service<'quota'> = {
  name: 'Echo',
  routes: [
    route('GET', '/things/{id}', (call) => json(200, { id: call.params['id'], query: call.query.get('q') })),
    route('GET', '/refs/{ref+}', (call) => json(200, { ref: call.params['ref'] })),
    route('POST', '/things', (call) => json(201, call.json)),
    route('GET', '/broken', () => {
      throw new Error('bug in the stand-in');
    }),
    publicRoute('GET', '/public', () => json(200, { ok: true })),
  ],
  authorize: (call) => (call.headers['x-key'] === 'fake' ? undefined : json(401, { error: 'who are you?' })),
  error: ({ status, retryAfterSeconds }) =>
    json(status, { error: status }, status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {}),
  named: { quota: () => json(429, { error: 'no money' }) },
};

let standin: Standin<'quota'> | undefined;
afterEach(async () => {
  await standin?.close();
  standin = undefined;
});

async function start(basePath?: string): Promise<Standin<'quota'>> {
  standin = await startStandin(echo, basePath === undefined ? {} : { basePath });
  return standin;
}

const headers = { 'x-key': 'fake' };

describe('answers', () => {
  test('routes by method and path, decodes parameters and keeps the order of requests', async () => {
    const { url, requests } = await start();
    const one = await fetch(`${url}/things/a%2Fb?q=1`, { headers });
    expect(await one.json()).toEqual({ id: 'a/b', query: '1' });
    expect(await (await fetch(`${url}/refs/heads/main`, { headers })).json()).toEqual({ ref: 'heads/main' });
    const posted = await fetch(`${url}/things`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect([posted.status, await posted.json()]).toEqual([201, { a: 1 }]);
    expect(requests.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/things/a%2Fb?q=1', ''],
      ['GET', '/refs/heads/main', ''],
      ['POST', '/things', '{"a":1}'],
    ]);
    expect(requests[0]?.headers['x-key']).toBe('fake');
  });

  test('an unknown path gets the service’s 404, a missing key its 401, a public route neither', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/nothing`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/things/1`)).status).toBe(401);
    expect((await fetch(`${url}/public`)).status).toBe(200);
  });

  test('a base path is taken off, and what is not below it does not exist', async () => {
    const { url, port } = await start('/proxy');
    expect(url).toBe(`http://127.0.0.1:${port}/proxy`);
    expect((await fetch(`${url}/public`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/public`, { headers })).status).toBe(404);
  });

  test('a bug in a handler answers 500 and makes close() reject', async () => {
    const own = await startStandin(echo);
    expect((await fetch(`${own.url}/broken`, { headers })).status).toBe(500);
    await expect(own.close()).rejects.toThrow('the stand-in itself failed');
  });
});

describe('fail', () => {
  test('a status comes with the service’s body, so many times and only where it should', async () => {
    const { url, fail } = await start();
    fail(429, { times: 2, path: '/things', retryAfterSeconds: 7 });
    const first = await fetch(`${url}/things/1`, { headers });
    expect([first.status, first.headers.get('retry-after'), await first.json()]).toEqual([
      429,
      '7',
      { error: 429 },
    ]);
    expect((await fetch(`${url}/refs/x`, { headers })).status).toBe(200);
    expect((await fetch(`${url}/things/1`, { headers })).status).toBe(429);
    expect((await fetch(`${url}/things/1`, { headers })).status).toBe(200);
  });

  test('a named error is the service’s own, and recover ends it', async () => {
    const { url, fail, recover } = await start();
    fail('quota', { method: 'GET' });
    expect(await (await fetch(`${url}/public`)).json()).toEqual({ error: 'no money' });
    recover();
    expect((await fetch(`${url}/public`)).status).toBe(200);
  });

  test('html is a 200 with a page, malformed is JSON cut in the middle', async () => {
    const { url, fail } = await start();
    fail('html', { times: 1 });
    const page = await fetch(`${url}/public`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    fail('malformed', { times: 1 });
    const broken = await fetch(`${url}/public`);
    expect(broken.status).toBe(200);
    await expect(broken.json()).rejects.toThrow('in JSON');
  });

  test.each([['reset'], ['truncated']] as const)('%s breaks the body off after the head', async (mode) => {
    const { url, fail } = await start();
    fail(mode, { times: 1 });
    const response = await fetch(`${url}/public`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('slow answers late, silence never', async () => {
    const { url, fail } = await start();
    fail('slow', { times: 1, delayMs: 120 });
    const before = performance.now();
    expect((await fetch(`${url}/public`)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    fail('silence', { times: 1 });
    await expect(fetch(`${url}/public`, { signal: AbortSignal.timeout(150) })).rejects.toThrow('timeout');
  });

  test('closing cuts requests that are waiting', async () => {
    const own = await startStandin(echo);
    own.fail('silence');
    const waiting = fetch(`${own.url}/public`);
    while (own.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([expect(waiting).rejects.toThrow('fetch failed'), own.close()]);
  });
});
