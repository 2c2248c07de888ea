import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { escProperties, secret } from '@sophia/standins/esc-values';

import { expectRefusal, REFERENCE, setUp, startCloud, TOKEN } from './esc-setup-workspace.ts';
import type { Pulumi } from './esc-setup-workspace.ts';

const opened: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const VALUES = { key: secret('value-of-the-key'), environmentVariables: { REGION: 'eu' } };

async function cloudWith(...args: Parameters<typeof startCloud>): Promise<Pulumi> {
  const cloud = await startCloud(...args);
  opened.push(cloud);
  return cloud;
}

/** A server of a few lines, for what the stand-in does not do. */
async function serve(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; server: Server }> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  opened.push({ close: () => (server.closeAllConnections(), server.close()) });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('what Pulumi Cloud refuses is told at once', () => {
  test.each([
    [401, 'unauthorized', /401/, /wrong or has expired/],
    [403, 'forbidden', /403/, /permission "open"/],
    [302, 'protocol', /302/, /redirects are not followed/],
    [418, 'protocol', /418/, /check the inputs/],
  ])('%s', async (status, code, words, hint) => {
    const cloud = await cloudWith(VALUES);
    cloud.fail(status);
    expectRefusal(await setUp({ cloud }), code, words, hint);
    expect(cloud.requests).toHaveLength(1);
  });

  test('a wrong token', async () => {
    const cloud = await cloudWith(VALUES, { token: 'pul-another-one' });
    expectRefusal(await setUp({ cloud }), 'unauthorized', /401.*Unauthorized/, /wrong or has expired/);
  });

  test.each([
    ['nobody/default/app'],
    ['acme/default/nothing'],
    ['acme/default/app@99'],
    ['acme/default/app@gone'],
  ])('no such thing: %s', async (reference) => {
    const cloud = await cloudWith(VALUES);
    const run = await setUp({ cloud, inputs: { 'esc-environment': reference } });
    expectRefusal(run, 'not-found', /404/, /check organisation, project, name and version/);
    expect(run.shown).toContain(reference);
  });

  test('a broken definition: each diagnostic with its place, and no attempt more', async () => {
    const range = {
      environment: 'default/app',
      begin: { line: 4, column: 5, byte: 40 },
      end: { line: 4, column: 9, byte: 44 },
    };
    const diagnostics = [
      { summary: 'unknown property "b"', path: 'values.a', range },
      { summary: 'cyclic import of default/base\n::error::x' },
    ];
    const cloud = await cloudWith({}, { environments: { [REFERENCE]: { diagnostics } } });
    const run = await setUp({ cloud });
    expectRefusal(
      run,
      'configuration',
      /default\/app:4:5 values\.a: unknown property "b"/,
      /correct the definition/,
    );
    expect(run.shown).toContain('cyclic import of default/base');
    expect(cloud.requests).toHaveLength(1);
  });

  test('diagnostics of an environment that opens are warnings', async () => {
    const environment = {
      properties: escProperties(VALUES),
      diagnostics: [{ summary: 'odd but legal', path: 'values.x' }],
    };
    const cloud = await cloudWith({}, { environments: { [REFERENCE]: environment } });
    const run = await setUp({ cloud });
    expect(run.exitCode).toBe(0);
    expect(run.shown).toMatch(/::warning.*values\.x: odd but legal/);
    expect(run.stdout.lastIndexOf('::add-mask::')).toBeLessThan(run.stdout.indexOf('::warning'));
  });
});

describe('something else answers', () => {
  test.each([
    ['html', /web page, not the API/],
    ['malformed', /cut off or no JSON/],
  ] as const)('%s', async (mode, words) => {
    const cloud = await cloudWith(VALUES);
    cloud.fail(mode);
    expectRefusal(await setUp({ cloud }), 'protocol', words, /something else answers there/);
    expect(cloud.requests).toHaveLength(1);
  });

  test.each([
    ['{"id":7}', /no session/],
    ['[]', /no JSON/],
    ['', /no JSON/],
    ['{"id":"x"}', /have not the shape of ESC/],
  ])('JSON that is not ours: %s', async (body, words) => {
    const { url } = await serve((request, response) =>
      response.end(request.method === 'GET' ? '{"properties":{"a":"plain"}}' : body),
    );
    expectRefusal(await setUp({ cloud: { url } }), 'protocol', words, /something else/);
  });

  test('values nested beyond any sense do not exhaust the stack', async () => {
    const deep = `${'{"value":{"a":'.repeat(20_000)}{"value":1}${'}}'.repeat(20_000)}`;
    const { url } = await serve((request, response) =>
      response.end(request.method === 'GET' ? `{"properties":{"a":${deep}}}` : '{"id":"x"}'),
    );
    const run = await setUp({ cloud: { url } });
    expectRefusal(run, 'protocol', /shape of ESC|no JSON/, /something else/);
  });

  test('numbers keep every digit', async () => {
    const variables = '{"VERSION":{"value":1.10},"ID":{"value":12345678901234567890}}';
    const { url } = await serve((request, response) =>
      response.end(
        request.method === 'GET'
          ? `{"properties":{"environmentVariables":{"value":${variables}}}}`
          : '{"id":"x"}',
      ),
    );
    const run = await setUp({ cloud: { url } });
    expect(Object.entries(run.exported)).toEqual([
      ['VERSION', '1.10'],
      ['ID', '12345678901234567890'],
    ]);
  });

  test('bytes that are no UTF-8 are refused, not replaced', async () => {
    const body = Buffer.concat([
      Buffer.from('{"properties":{"a":{"value":"'),
      Buffer.of(0xff, 0xfe),
      Buffer.from('"}}}'),
    ]);
    const { url } = await serve((request, response) =>
      response.end(request.method === 'GET' ? body : '{"id":"x"}'),
    );
    expectRefusal(await setUp({ cloud: { url } }), 'protocol', /no valid UTF-8/, /as base64/);
  });
});

describe('what may pass is tried again', () => {
  test.each([408, 429, 500, 502, 503, 'reset', 'truncated'] as const)('%s, twice', async (mode) => {
    const cloud = await cloudWith(VALUES);
    cloud.fail(mode, { times: 2, retryAfterSeconds: 0 });
    const run = await setUp({ cloud });
    expect([run.exitCode, run.exported]).toEqual([0, { REGION: 'eu' }]);
    expect(cloud.requests).toHaveLength(4);
  });

  test('reset half-way through the values', async () => {
    const cloud = await cloudWith(VALUES);
    cloud.fail('reset', { times: 1, method: 'GET' });
    expect((await setUp({ cloud })).exported).toEqual({ REGION: 'eu' });
  });

  test('a wait that does not fit into a minute is not begun', async () => {
    const cloud = await cloudWith(VALUES);
    cloud.fail(429, { retryAfterSeconds: 300 });
    const run = await setUp({ cloud });
    expectRefusal(
      run,
      'rate-limited',
      /429/,
      /run again in a while; 127\.0\.0\.1:\d+ is not Pulumi Cloud's own address/,
    );
    expect([cloud.requests.length, run.durationMs < 5_000]).toEqual([1, true]);
  });
});

describe('TLS', () => {
  async function encrypted() {
    const tls = selfSignedCertificate();
    const cloud = await cloudWith(VALUES, { tls });
    const ca = join(await mkdtemp(join(tmpdir(), 'sophia-ca-')), 'ca.pem');
    await writeFile(ca, tls.cert);
    return { cloud, ca };
  }

  test('a certificate that nobody trusts is refused at once, before the token is sent', async () => {
    const { cloud } = await encrypted();
    expectRefusal(await setUp({ cloud }), 'protocol', /signed by nobody/, /NODE_EXTRA_CA_CERTS/);
    expect(cloud.requests).toHaveLength(0);
  });

  test('with NODE_EXTRA_CA_CERTS it is trusted', async () => {
    const { cloud, ca } = await encrypted();
    const run = await setUp({ cloud, variables: { NODE_EXTRA_CA_CERTS: ca } });
    expect(run.exported).toEqual({ REGION: 'eu' });
  });

  test('HTTPS_PROXY is used, and sees no token; NO_PROXY goes around it', async () => {
    const { cloud, ca } = await encrypted();
    const proxy = await connectProxy();
    const variables = { NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: proxy.url };
    expect((await setUp({ cloud, variables })).exported).toEqual({ REGION: 'eu' });
    expect(new Set(proxy.tunnels)).toEqual(new Set([`127.0.0.1:${cloud.port}`]));
    expect(proxy.seen()).not.toContain(TOKEN);
    const tunnels = proxy.tunnels.length;
    expect((await setUp({ cloud, variables: { ...variables, NO_PROXY: '127.0.0.1' } })).exitCode).toBe(0);
    expect(proxy.tunnels).toHaveLength(tunnels);
  });

  test('a proxy that asks for credentials is named', async () => {
    const { cloud, ca } = await encrypted();
    const proxy = await connectProxy(407);
    const run = await setUp({ cloud, variables: { NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: proxy.url } });
    expectRefusal(run, 'forbidden', /407/, /HTTPS_PROXY/);
  });
});

async function connectProxy(refusal?: number) {
  const tunnels: string[] = [];
  let heads = '';
  const { url, server } = await serve((_request, response) => response.writeHead(500).end());
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    heads += JSON.stringify(request.headers);
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  return { url, tunnels, seen: () => heads };
}

describe('the URL of the backend', () => {
  test('port and path are kept, a slash at its end is dropped', async () => {
    const cloud = await cloudWith(VALUES, { basePath: '/pulumi' });
    expect((await setUp({ cloud: { url: `${cloud.url}/` } })).exitCode).toBe(0);
    expect(cloud.requests[0]?.path).toMatch(/^\/pulumi\/api\/esc\/environments\/acme/);
  });

  test('PULUMI_BACKEND_URL counts where no input is given', async () => {
    const cloud = await cloudWith(VALUES);
    expect((await setUp({ variables: { PULUMI_BACKEND_URL: cloud.url } })).exitCode).toBe(0);
  });

  test.each([
    ['http://pulumi.example.com', /http:\/\/ is refused/],
    ['http://127.0.0.1.example.com', /http:\/\/ is refused/],
    ['https://user:hunter22@pulumi.example.com', /credentials in the URL/],
    ['s3://bucket/state', /has no ESC/],
    ['no url', /no URL/],
  ])('%s is refused', async (url, words) => {
    const run = await setUp({ cloud: { url } });
    expectRefusal(run, 'usage', words, /./);
    expect(run.shown).not.toContain('hunter22');
  });
});
