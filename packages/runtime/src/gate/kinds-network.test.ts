import { describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';

import { check, gate } from './gate.fixture.ts';
import { closedPort, notedSecrets, started } from './test-servers.fixture.ts';

describe('http', () => {
  test('a success passes, with its status and phases', async () => {
    const { url } = await started(startEcho());
    const item = await check(
      `kind: http, url: "${url}/health", expect: { status: 200, json: { status: ok }, body: ok }`,
    );
    expect(item).toMatchObject({
      status: 'success',
      message: 'HTTP 200',
      details: { httpStatus: 200, url: `${url}/health` },
    });
  });

  test.each([
    [401, 'unauthorized', 1],
    [403, 'forbidden', 1],
    [404, 'not-found', 1],
    [418, 'assertion', 1],
    [429, 'rate-limited', 2],
    [503, 'server-error', 2],
  ])('HTTP %i is %s after %i attempts', async (status, category, attempts) => {
    const { url } = await started(startEcho());
    const item = await check(`kind: http, url: "${url}/status/${status}", retries: 1`);
    expect([item.category, item.attempts]).toEqual([category, attempts]);
  });

  test('what it sends is what the check says', async () => {
    const { url, requests } = await started(startEcho());
    const item = await check(
      `kind: http, url: "${url}/echo", method: POST, body: hello, headers: { x-a: b }`,
    );
    expect(item.status).toBe('success');
    expect(requests).toMatchObject([{ method: 'POST', body: 'hello', headers: { 'x-a': 'b' } }]);
  });

  test('a body without end is read as far as a check may look', async () => {
    const server = await started(startHostile('endless-body'));
    expect(await check(`kind: http, url: "${server.url}/"`)).toMatchObject({ status: 'success' });
    expect(await check(`kind: http, url: "${server.url}/", expect: { json: { a: 1 } }`)).toMatchObject({
      category: 'protocol',
    });
  });

  test('a body that drips is a timeout', async () => {
    const server = await started(startHostile('drip'));
    const item = await check(`kind: http, url: "${server.url}/", timeout: 300ms, retries: 0`);
    expect(item).toMatchObject({ category: 'timeout', attempts: 1 });
    await new Promise((done) => setTimeout(done, 100));
    expect(server.openConnections()).toBe(0);
  });

  test.each(['ftp://example.com/', 'example.com/health', 'http://169.254.169.254/'])(
    '%s is refused',
    async (url) => {
      expect(await check(`kind: http, url: "${url}"`)).toMatchObject({
        category: 'configuration',
        attempts: 1,
      });
    },
  );

  test('credentials in headers and in the URL are known as secrets, and the report shows neither', async () => {
    const { url } = await started(startEcho());
    const { added, redaction } = notedSecrets();
    const secret = url.replace('http://', 'http://user:url-fake@');
    const item = await check(
      `kind: http, url: "${secret}/health", headers: { authorization: Bearer header-fake }`,
      {},
      { host: { redaction } },
    );
    expect(added).toEqual(expect.arrayContaining(['url-fake', 'Bearer header-fake', 'header-fake']));
    expect(JSON.stringify(item)).not.toMatch(/url-fake|header-fake/);
  });
});

describe('tcp, dns, tls', () => {
  test('a connection passes, and a closed port is refused after its retries', async () => {
    const { port } = await started(startEcho());
    const closed = await closedPort();
    expect(await check(`kind: tcp, host: 127.0.0.1, port: ${port}`)).toMatchObject({ status: 'success' });
    expect(await check(`kind: tcp, host: 127.0.0.1, port: ${closed}, retries: 1`)).toMatchObject({
      category: 'refused',
      attempts: 2,
    });
    expect(await check('kind: tcp, host: 169.254.169.254, port: 80')).toMatchObject({
      category: 'configuration',
    });
  });

  test('a name of this machine resolves, and one that is reserved never to does not', async () => {
    expect(await check('kind: dns, host: localhost')).toMatchObject({ status: 'success' });
    expect(await check('kind: dns, host: nowhere.invalid, retries: 0')).toMatchObject({ category: 'dns' });
  });

  test('a certificate that nobody vouches for is tls, and is not tried again', async () => {
    const { port } = await started(startEcho({ tls: selfSignedCertificate() }));
    expect(await check(`kind: tls, host: 127.0.0.1, port: ${port}`)).toMatchObject({
      category: 'tls',
      attempts: 1,
    });
  });

  test('a port that speaks no TLS is a failure', async () => {
    const { port } = await started(startEcho());
    expect(await check(`kind: tls, host: 127.0.0.1, port: ${port}, retries: 0`)).toMatchObject({
      status: 'failure',
      category: 'tls',
    });
  });
});

test('a secret that a header of any name reads, and a URL that is wrongly encoded, are known as secrets', async () => {
  const { url } = await started(startEcho());
  const { added, redaction } = notedSecrets();
  const yaml = `secrets: { odd_one: {} }\nchecks:\n  a: { kind: http, url: "${url}/echo", headers: { x-odd: "\${ODD_ONE}" } }\n  b: { kind: http, url: "${url.replace('//', '//u:%zz-fake@')}/echo" }\n`;
  const { items } = await gate(yaml, { ODD_ONE: 'odd-fake' }, { host: { redaction } });
  expect(items.map(({ status }) => status)).toEqual(['success', expect.any(String)]);
  expect(added).toEqual(expect.arrayContaining(['odd-fake', '%zz-fake']));
});
