import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startProxy } from '@sophia/standins/proxy';

import { proxySecrets, wayTo } from './proxy.ts';
import { openHttp } from './request.ts';
import type { HttpRequest } from './request.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

function client(variables: Record<string, string>) {
  const opened = openHttp(variables);
  closing.push(() => opened.close());
  return opened.http;
}

const get = (url: string, own: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ url: new URL(url), method: 'GET', headers: {}, maxBodyBytes: 100_000 },
  signal: AbortSignal.timeout(5_000),
  ...own,
});

describe('the way to a URL', () => {
  const both = { HTTPS_PROXY: 'http://secure.example:1', HTTP_PROXY: 'plain.example:2' };
  test.each([
    ['https://api.example/', both, 'http://secure.example:1/'],
    ['http://api.example/', both, 'http://plain.example:2/'],
    ['http://api.example/', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['https://api.example/', { ...both, https_proxy: 'http://lower.example:3' }, 'http://lower.example:3/'],
    ['https://localhost/', both, undefined],
    ['http://127.9.9.9:80/', both, undefined],
    ['http://[::1]:80/', both, undefined],
    ['https://api.example/', { ...both, NO_PROXY: '*' }, undefined],
    ['https://api.example/', { ...both, NO_PROXY: 'other, API.example' }, undefined],
    ['https://a.api.example/', { ...both, NO_PROXY: '.api.example' }, undefined],
    ['https://a.api.example/', { ...both, NO_PROXY: '*.api.example' }, undefined],
    ['https://notapi.example/', { ...both, NO_PROXY: 'api.example' }, 'http://secure.example:1/'],
    ['https://api.example/', { ...both, NO_PROXY: 'api.example:443' }, undefined],
    ['https://api.example/', { ...both, NO_PROXY: 'api.example:8443' }, 'http://secure.example:1/'],
    ['https://10.1.2.3/', { ...both, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3/', { ...both, NO_PROXY: '10.0.0.0/8' }, 'http://secure.example:1/'],
    ['https://[fd12::1]/', { ...both, NO_PROXY: 'fd12::/16' }, undefined],
    ['https://10.1.2.3/', { ...both, NO_PROXY: '10.0.0.0/99,x/y' }, 'http://secure.example:1/'],
  ])('%s with %j is by %s', (url, variables, expected) => {
    const way = wayTo(new URL(url), variables);
    expect('proxy' in way ? way.proxy?.href : way.fault).toBe(expected);
  });

  test.each(['socks5://p:1', 'http://', 'ftp://p'])('a proxy %j is refused', (HTTPS_PROXY) => {
    expect(wayTo(new URL('https://api.example/'), { HTTPS_PROXY })).toMatchObject({
      fault: { category: 'configuration' },
    });
  });

  test('the credentials of a proxy are secrets, in both forms', () => {
    expect(proxySecrets({ https_proxy: 'http://me:p%40ss-fake@p:1' })).toEqual([
      'p@ss-fake',
      Buffer.from('me:p@ss-fake').toString('base64'),
    ]);
  });
});

describe('requests by a proxy', () => {
  test('TLS goes through one tunnel that is kept: the proxy sees the host, and no header of the check', async () => {
    const tls = selfSignedCertificate({ hosts: ['service.example'] });
    const service = await started(startEcho({ tls }));
    const proxy = await started(
      startProxy({ hosts: { 'service.example': service.port }, credentials: 'me:p@ss-fake' }),
    );
    const http = client({ HTTPS_PROXY: proxy.url.replace('//', '//me:p%40ss-fake@') });
    const ask = () =>
      http(get('https://service.example/echo', { headers: { 'x-key': 'fake' }, socket: { ca: tls.cert } }));
    expect(await ask()).toMatchObject({ answer: { status: 200 } });
    expect(await ask()).toMatchObject({ answer: { status: 200, phases: { reused: true } } });
    expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'CONNECT service.example:443',
    ]);
    expect(JSON.stringify(proxy.requests)).not.toContain('x-key');
    expect(service.requests[0]?.headers).toMatchObject({ 'x-key': 'fake', host: 'service.example' });
    expect(service.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('the certificate inside a tunnel is judged by the name that was asked for', async () => {
    const tls = selfSignedCertificate({ hosts: ['other.example'] });
    const service = await started(startEcho({ tls }));
    const proxy = await started(startProxy({ hosts: { 'service.example': service.port } }));
    const http = client({ HTTPS_PROXY: proxy.url });
    expect(await http(get('https://service.example/', { socket: { ca: tls.cert } }))).toMatchObject({
      fault: { category: 'tls', message: expect.stringMatching(/another host/) },
    });
  });

  test('plain HTTP is handed over with its whole URL', async () => {
    const service = await started(startEcho());
    const proxy = await started(startProxy({ hosts: { 'service.example': service.port } }));
    const http = client({ HTTP_PROXY: proxy.url });
    const result = await http(
      get('http://u:pw-fake@service.example/echo?a=1', { method: 'POST', body: 'x' }),
    );
    expect(result).toMatchObject({ answer: { status: 200 } });
    expect(proxy.requests[0]).toMatchObject({ method: 'POST', target: 'http://service.example/echo?a=1' });
    expect(service.requests[0]).toMatchObject({
      path: '/echo?a=1',
      body: 'x',
      headers: { host: 'service.example', authorization: `Basic ${btoa('u:pw-fake')}` },
    });
  });

  test.each([
    ['https', { credentials: 'a:b' }, 'unauthorized', /wants credentials \(407\)/],
    ['http', { credentials: 'a:b' }, 'unauthorized', /wants credentials \(407\)/],
    ['https', { refuse: 403 }, 'forbidden', /lets nobody through/],
    ['https', { refuse: 503 }, 'refused', /does not reach it \(503\)/],
    ['https', { refuse: 405 }, 'protocol', /opens no way to it \(405\)/],
  ])('%s: a proxy with %j is %s', async (...row) => {
    const [scheme, options, category, message] = row;
    const proxy = await started(startProxy(options));
    const http = client({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
    expect(await http(get(`${scheme}://service.example/`))).toMatchObject({
      fault: { category, message: expect.stringMatching(message) },
    });
  });

  test('a proxy that is not there is named', async () => {
    const http = client({ HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' });
    for (const scheme of ['http', 'https']) {
      expect(await http(get(`${scheme}://service.example/`))).toMatchObject({
        fault: { category: 'refused', message: expect.stringMatching(/^by the proxy 127\.0\.0\.1:1: /) },
      });
    }
  });

  test.each([
    'http://169.254.169.254/',
    'https://[fe80::1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://metadata.google.internal/',
    'https://METADATA.google.internal./',
  ])('%s is refused before the proxy hears of it', async (url) => {
    const proxy = await started(startProxy());
    const http = client({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
    expect(await http(get(url))).toMatchObject({ fault: { category: 'configuration' } });
    expect(proxy.requests).toEqual([]);
  });
});
