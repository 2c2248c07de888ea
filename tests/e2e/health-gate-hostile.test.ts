import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';

import { gate, page, preload, resolver, started, temporary } from './health-gate-workspace.ts';
import type { Checks } from './health-gate-workspace.ts';

describe('where the bundle of health-gate does not go', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://metadata.google.internal/',
  ])('%s is refused', async (url) => {
    const { run, item } = await gate(page(url));
    expect([run.exitCode, item?.category]).toEqual([1, 'configuration']);
    expect(item?.message).toMatch(/link-local or metadata address/);
  });

  test('a name that leads to a metadata address is refused', async () => {
    const { item } = await gate(page('http://innocent.example/'), {
      variables: await resolver("['169.254.169.254']"),
    });
    expect(item?.message).toMatch(/^innocent\.example \(169\.254\.169\.254\) is a link-local or metadata/);
  });

  test('a name whose answer changes is reached where it was judged, and refused when it moved', async () => {
    const { port, requests } = await started(startEcho());
    const ask = { kind: 'http', url: `http://rebind.example:${port}/health`, retries: 0 };
    const { report } = await gate(
      { first: ask, again: { ...ask, method: 'POST', expect: { status: [200, 404, 405] } } },
      { variables: await resolver("['127.0.0.1', '169.254.169.254']") },
      { gate: { concurrency: 1, canaries: [] } },
    );
    expect(report.items.map(({ category }) => category)).toEqual([null, 'configuration']);
    expect(requests).toHaveLength(1);
  });

  test('a redirect to a metadata address is refused', async () => {
    const { url } = await started(startEcho());
    const to = encodeURIComponent('http://169.254.169.254/');
    expect((await gate(page(`${url}/redirect?to=${to}`))).item).toMatchObject({ category: 'configuration' });
  });

  test('a redirect to another origin gets no header of the check', async () => {
    const [first, other] = [await started(startEcho()), await started(startEcho())];
    const headers = { authorization: 'Bearer planted-fake-1', 'x-api-key': 'planted-fake-2', cookie: 'a=b' };
    const to = encodeURIComponent(`${other.url}/echo`);
    const { item } = await gate(page(`${first.url}/redirect?to=${to}`, { headers }));
    expect(item?.status).toBe('success');
    expect(first.requests[0]?.headers).toMatchObject(headers);
    for (const name of Object.keys(headers)) expect(other.requests[0]?.headers).not.toHaveProperty(name);
  });
});

describe('what the bundle of health-gate bears', () => {
  test.each([
    ['huge-body', 'success', null],
    ['endless-body', 'success', null],
    ['header-flood', 'failure', 'protocol'],
    ['garbage', 'failure', 'protocol'],
    ['drip', 'failure', 'timeout'],
    ['silent', 'failure', 'timeout'],
    ['header-drip', 'failure', 'timeout'],
  ] as const)('a body or head that is %s', async (hostility, status, category) => {
    const server = await started(startHostile(hostility));
    const { item, run } = await gate(page(server.url, { timeout: '1s' }));
    expect([item?.status, item?.category]).toEqual([status, category]);
    expect(run.stderr).toBe('');
    expect(server.openConnections()).toBe(0);
  });

  test.each(['openai', 'anthropic', 'pinecone', 'snowflake', 'mcp'])(
    '%s: an answer that drips, and one that never comes, end in their time',
    async (kind) => {
      const urls = await Promise.all(
        (['drip', 'silent'] as const).map(async (hostility) => (await started(startHostile(hostility))).url),
      );
      const keyOf = { pinecone: 'host', snowflake: 'host', mcp: 'url' }[kind] ?? 'base-url';
      const checks = urls.map((url, index) => [
        `c${index}`,
        { kind, retries: 0, timeout: '700ms', [keyOf]: url },
      ]);
      const variables = {
        ...{ OPENAI_API_KEY: 'fake-1', ANTHROPIC_API_KEY: 'fake-2', PINECONE_API_KEY: 'fake-3' },
        ...{ SNOWFLAKE_ACCOUNT: 'acme', SNOWFLAKE_USER: 'svc', SNOWFLAKE_TOKEN: 'fake-4' },
      };
      const { report } = await gate(Object.fromEntries(checks) as Checks, { variables });
      expect(report.items.map(({ category }) => category)).toEqual(['timeout', 'timeout']);
    },
  );

  test('JSON that is none, and JSON that is too deep to be read', async () => {
    const { url } = await started(startEcho());
    const { item } = await gate(page(`${url}/text`, { expect: { json: { a: 1 } } }));
    expect(item).toMatchObject({ category: 'protocol', message: expect.stringMatching(/is no JSON/) });
  });

  test('a stdio server that ignores SIGTERM ends with the gate, not after it', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'sophia-e2e-')), 'pid');
    // `$$` is the configuration's way to write `$`.
    const command = ['bash', '-c', `trap '' TERM; echo $$$$ > ${file}; while :; do sleep 0.1; done`];
    const { item } = await gate({
      it: { kind: 'mcp', transport: 'stdio', command, retries: 0, timeout: '2s' },
    });
    expect(item?.category).toBe('timeout');
    const pid = Number(await readFile(file, 'utf8'));
    // The kernel takes a moment to take a killed process away; one that nobody waited for is left as a zombie.
    await new Promise((done) => setTimeout(done, 200));
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
    expect(state).toMatch(/^gone$|\) Z /);
  });

  test('an error of a million lines is one short line', async () => {
    const run = 'seq -f "::error::not a command %.0f" 1000000 >&2; exit 1';
    const { item, text, run: bundle } = await gate({ it: { kind: 'command', run } });
    expect(item?.category).toBe('assertion');
    expect(item?.message).toMatch(/^exit code 1: :.{0,60}$/);
    expect(text.length).toBeLessThan(20_000);
    expect(bundle.stdout).not.toMatch(/^::error::not a command/m);
    expect(bundle.stdout.length).toBeLessThan(20_000);
  });

  test('a header that would inject another, and a key with a line break, are not sent', async () => {
    const { url, requests } = await started(startEcho());
    const { report, text } = await gate(
      {
        header: { kind: 'http', url: `${url}/echo`, headers: { 'x-a': 'b\r\nx-evil: 1' } },
        key: { kind: 'openai', 'base-url': url },
      },
      { variables: { OPENAI_API_KEY: 'sk-planted-fake\nx-evil: 1' } },
    );
    expect(report.items.map(({ category }) => category)).toEqual(['configuration', 'configuration']);
    expect(requests).toEqual([]);
    expect(text).not.toContain('sk-planted-fake');
  });

  test('the certificate of another host, though its issuer is trusted', async () => {
    const tls = selfSignedCertificate({ hosts: ['other.example'] });
    const { url, requests } = await started(startEcho({ tls }));
    const variables = { NODE_EXTRA_CA_CERTS: await temporary('ca.pem', tls.cert) };
    const { item } = await gate(page(url), { variables });
    expect(item).toMatchObject({
      category: 'tls',
      message: expect.stringMatching(/belongs to another host/),
    });
    expect(requests).toEqual([]);
  });

  test('a clock that jumps an hour back and forth: durations and deadline hold', async () => {
    const { url } = await started(startEcho());
    const silent = await started(startHostile('silent'));
    const jumps = await preload(
      'const now = Date.now; let calls = 0; Date.now = () => now() + (calls++ % 2 ? -3600e3 : 3600e3);',
    );
    const { report } = await gate(
      { ...page(`${url}/health`), never: { kind: 'http', url: silent.url, retries: 0, timeout: '500ms' } },
      { variables: jumps },
    );
    expect(report.items.map(({ category }) => category)).toEqual([null, 'timeout']);
    for (const ms of [report.durationMs, ...report.items.map(({ durationMs }) => durationMs)]) {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(60_000);
    }
  });
});
