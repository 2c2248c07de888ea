import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';
import type { Hostility } from '@sophia/standins/hostile';

import { followRedirects } from './follow.ts';
import { openHttp } from './request.ts';
import type { Http, HttpRequest } from './request.ts';
import { guardedLookup } from './resolver.ts';

const closing: (() => unknown)[] = [];
let http: Http;
beforeEach(() => {
  http = opened();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function opened(...options: Parameters<typeof openHttp>): Http {
  const client = openHttp(...options);
  closing.push(() => client.close());
  return client.http;
}

async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

const get = (url: string, own: Partial<HttpRequest> = {}): HttpRequest => ({
  url: new URL(url),
  method: 'GET',
  headers: {},
  signal: AbortSignal.timeout(5_000),
  maxBodyBytes: 100_000,
  ...own,
});
const never = () => false;

describe('a guarded request', () => {
  test('sends what it is told, and times the phases', async () => {
    const { url, requests } = await started(startEcho());
    const result = await http(
      get(`${url}/echo?a=1`, { method: 'POST', headers: { 'x-key': 'v' }, body: 'text' }),
    );
    expect(result).toMatchObject({ answer: { status: 200, truncated: false } });
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/echo?a=1',
      body: 'text',
      headers: { 'x-key': 'v' },
    });
    if ('fault' in result) throw new Error(result.fault.message);
    const { connectMs = -1, firstByteMs = -1, totalMs } = result.answer.phases;
    expect(connectMs).toBeGreaterThanOrEqual(0);
    expect(firstByteMs).toBeGreaterThanOrEqual(connectMs);
    expect(totalMs).toBeGreaterThanOrEqual(firstByteMs);
  });

  test.each<[Hostility, string]>([
    ['endless-body', 'truncated'],
    ['huge-body', 'truncated'],
    ['garbage', 'protocol'],
    ['close', 'refused'],
    ['reset', 'refused'],
    ['short-body', 'refused'],
    ['huge-header', 'protocol'],
    ['header-flood', 'protocol'],
  ])('a server that answers with %s is %s, and is let go', async (hostility, expected) => {
    const server = await started(startHostile(hostility));
    const result = await http(get(server.url));
    const seen = 'fault' in result ? result.fault.category : result.answer.truncated ? 'truncated' : 'read';
    expect(seen).toBe(expected);
    if ('answer' in result) expect(result.answer.body).toHaveLength(100_000);
    await new Promise((done) => setTimeout(done, 100));
    expect(server.openConnections()).toBe(0);
    expect(server.writtenBytes()).toBeLessThan(20_000_000);
  });

  test.each([
    'http://169.254.169.254/',
    'http://[fe80::1]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://[::ffff:a9fe:a9fe]/',
  ])('%s is refused before a packet leaves', async (url) => {
    expect(await http(get(url))).toMatchObject({ fault: { category: 'configuration' } });
  });

  test('a name is refused when any of its addresses is forbidden', async () => {
    const lookup = guardedLookup((_host, _options, done) =>
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ]),
    );
    expect(await opened({}, lookup)(get('http://rebind.example:1/'))).toMatchObject({
      fault: {
        category: 'configuration',
        message: expect.stringContaining('rebind.example (169.254.169.254)'),
      },
    });
  });

  test('the socket goes to the address that was judged, though the next answer would differ', async () => {
    const { url, port } = await started(startEcho());
    let asked = 0;
    const lookup = guardedLookup((_host, _options, done) => {
      asked += 1;
      done(null, [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    });
    const rebinding = opened({}, lookup);
    expect(url).toContain(String(port));
    expect(await rebinding(get(`http://rebind.example:${port}/health`))).toMatchObject({
      answer: { status: 200 },
    });
    expect(asked).toBe(1);
    expect(await rebinding(get(`http://rebind.example:${port}/health`))).toMatchObject({
      answer: { status: 200, phases: { reused: true } },
    });
    expect(asked).toBe(1);
    expect(await rebinding(get(`http://rebind.example:${port}/health`, { method: 'POST' }))).toMatchObject({
      fault: { category: 'configuration' },
    });
    expect(asked).toBe(2);
  });

  test.each([
    [{ 'x-a': 'b\r\nx-evil: 1' }, 'configuration'],
    [{ 'x a': 'b' }, 'configuration'],
  ])('headers %j cannot inject', async (headers, category) => {
    const { url, requests } = await started(startEcho());
    expect(await http(get(`${url}/echo`, { headers }))).toMatchObject({ fault: { category } });
    expect(requests).toEqual([]);
  });

  test.each([
    ['untrusted', {}, /signed by nobody/],
    [
      'ended',
      { notAfter: new Date(Date.now() - 86_400_000), notBefore: new Date(Date.now() - 2 * 86_400_000) },
      /expired|nobody/,
    ],
  ])('a certificate that is %s is tls', async (_, options, message) => {
    const { url } = await started(startEcho({ tls: selfSignedCertificate(options) }));
    const result = await http(get(`${url}/health`));
    expect(result).toMatchObject({ fault: { category: 'tls', message: expect.stringMatching(message) } });
  });

  test('a certificate of another host is tls, though its issuer is trusted', async () => {
    const tls = selfSignedCertificate({ hosts: ['other.example'] });
    const { url } = await started(startEcho({ tls }));
    expect(await http(get(`${url}/health`, { socket: { ca: tls.cert } }))).toMatchObject({
      fault: { category: 'tls', message: expect.stringMatching(/another host/) },
    });
  });

  test('a plain port asked for TLS, and a TLS port asked in plain, are no success', async () => {
    const plain = await started(startEcho());
    const secret = await started(startEcho({ tls: selfSignedCertificate() }));
    expect(await http(get(plain.url.replace('http:', 'https:')))).toMatchObject({
      fault: { category: 'tls' },
    });
    expect(await http(get(secret.url.replace('https:', 'http:')))).toHaveProperty('fault.category');
  });
});

describe('connections', () => {
  test('are kept for the next request to the same origin, and for no other', async () => {
    const [one, other] = [await started(startEcho()), await started(startEcho())];
    const reused: unknown[] = [];
    for (const url of [one.url, one.url, other.url, one.url]) {
      const result = await http(get(`${url}/health`));
      reused.push('answer' in result && result.answer.phases);
    }
    expect(reused).toMatchObject([{ connectMs: expect.any(Number) }, { reused: true }, {}, { reused: true }]);
    expect(reused[1]).not.toHaveProperty('connectMs');
    expect(reused[2]).not.toHaveProperty('reused');
  });

  /** Answers so many requests of each connection, then resets it at the next. */
  async function startTired(answers: number) {
    const seen: number[] = [];
    const server = createServer((socket) => {
      const index = seen.push(0) - 1;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        const count = (seen[index] = (seen[index] ?? 0) + 1);
        if (count > answers) return void socket.resetAndDestroy();
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
  }

  test('that were kept and turn out to be closed are replaced once, by a new one', async () => {
    const { url, seen } = await startTired(1);
    expect(await http(get(url))).toMatchObject({ answer: { status: 200 } });
    expect(await http(get(url))).toMatchObject({ answer: { status: 200 } });
    expect(seen).toEqual([2, 1]);
  });

  test('that are new and are reset are a fault, and nothing is sent twice', async () => {
    const { url, seen } = await startTired(0);
    expect(await http(get(url))).toMatchObject({ fault: { category: 'refused' } });
    expect(seen).toEqual([1]);
  });

  test('of a POST are always new: it could not be sent twice', async () => {
    const { url, seen } = await startTired(1);
    await http(get(url));
    expect(await http(get(url, { method: 'POST', body: 'x' }))).toMatchObject({ answer: { status: 200 } });
    expect(seen).toEqual([1, 1]);
  });

  test('end with the client, those in use too', async () => {
    const server = await started(startHostile('silent'));
    const client = openHttp();
    const waiting = client.http(get(server.url));
    await new Promise((done) => setTimeout(done, 100));
    client.close();
    expect(await waiting).toMatchObject({ fault: { category: 'refused' } });
    await new Promise((done) => setTimeout(done, 100));
    expect(server.openConnections()).toBe(0);
  });
});

describe('redirects', () => {
  const secret = { authorization: 'Bearer fake', 'x-api-key': 'fake', cookie: 'a=fake' };
  const to = (base: string, target: string) => `${base}/redirect?to=${encodeURIComponent(target)}`;

  test('to the same origin keep the headers', async () => {
    const { url, requests } = await started(startEcho());
    const result = await followRedirects(http, get(to(url, '/echo'), { headers: secret }), never);
    expect(result).toMatchObject({ answer: { status: 200 } });
    expect(requests[1]?.headers).toMatchObject(secret);
  });

  test('to another origin, even another port, lose every header of the check', async () => {
    const other = await started(startEcho());
    const { url } = await started(startEcho());
    const result = await followRedirects(http, get(to(url, `${other.url}/echo`), { headers: secret }), never);
    expect(result).toMatchObject({ answer: { status: 200 } });
    for (const name of Object.keys(secret)) expect(other.requests[0]?.headers).not.toHaveProperty(name);
  });

  test('back to the first origin get them again, and only there', async () => {
    const other = await started(startEcho());
    const { url, requests } = await started(startEcho());
    const chain = to(url, to(other.url, `${url}/echo`));
    await followRedirects(http, get(chain, { headers: secret }), never);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(requests[1]?.headers).toMatchObject(secret);
  });

  test.each(['http://169.254.169.254/latest', 'file:///etc/passwd', 'http://[fe80::1]/'])(
    'to %s are refused',
    async (target) => {
      const { url } = await started(startEcho());
      expect(await followRedirects(http, get(to(url, target)), never)).toMatchObject({
        fault: { category: 'configuration' },
      });
    },
  );

  test('that never end are a protocol fault after five', async () => {
    const { url, requests } = await started(startEcho());
    expect(await followRedirects(http, get(`${url}/loop`), never)).toMatchObject({
      fault: { category: 'protocol' },
    });
    expect(requests).toHaveLength(6);
  });

  test('of a POST are not followed, and one that is wanted is kept', async () => {
    const { url, requests } = await started(startEcho());
    await followRedirects(http, get(to(url, '/echo'), { method: 'POST', body: 'x' }), never);
    expect(await followRedirects(http, get(to(url, '/echo')), (status) => status === 302)).toMatchObject({
      answer: { status: 302 },
    });
    expect(requests).toHaveLength(2);
  });
});
