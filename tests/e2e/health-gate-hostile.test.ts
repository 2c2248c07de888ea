import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';
import { startOpenAi } from '@sophia/standins/openai';
import { startProxy } from '@sophia/standins/proxy';
import { startVercel } from '@sophia/standins/vercel';

import { runBundle } from './run-bundle.ts';
import type { BundleRequest } from './run-bundle.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

interface Item {
  readonly name: string;
  readonly status: string;
  readonly category: string | null;
  readonly message: string;
  readonly durationMs: number;
  readonly foldedUnder: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

type Checks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Runs the bundle over some checks; `report` is what it wrote. */
async function gate(checks: Checks, own: Partial<BundleRequest> = {}, more: object = {}) {
  const config = { version: 1, gate: { canaries: [], timeout: '20s' }, ...more, checks };
  const run = await runBundle({
    action: 'health-gate',
    ...own,
    inputs: { 'config-inline': JSON.stringify(config), ...own.inputs },
  });
  const text = await readFile(run.outputs['report-path'] ?? '', 'utf8');
  const report = JSON.parse(text) as {
    status: string;
    durationMs: number;
    items: Item[];
    metrics: Record<string, number>;
    details: Record<string, unknown>;
  };
  return { run, text, report, item: report.items[0] };
}

const page = (url: string, more: object = {}) => ({ it: { kind: 'http', url, retries: 0, ...more } });

async function temporary(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'sophia-e2e-')), name);
  await writeFile(path, text);
  return path;
}

/** Runs before the bundle in its process: what the machine's resolver or clock would do. */
const preload = async (code: string) => ({
  NODE_OPTIONS: `--require ${await temporary('preload.cjs', code)}`,
});

const resolver = (answers: string) =>
  preload(`const dns = require('node:dns'); const answers = ${answers};
dns.lookup = (host, options, done) => {
  const address = answers.length > 1 ? answers.shift() : answers[0];
  process.nextTick(done, null, options.all ? [{ address, family: 4 }] : address, 4);
};
require('node:module').syncBuiltinESMExports();`);

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
      it: { kind: 'mcp', transport: 'stdio', command, retries: 0, timeout: '700ms' },
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

describe('how the bundle of health-gate judges', () => {
  test.each(['pull_request', 'pull_request_target'])(
    'force is refused on %s, and nobody is asked',
    async (event) => {
      const { url, requests } = await started(startEcho());
      const run = await runBundle({
        action: 'health-gate',
        inputs: {
          'config-inline': JSON.stringify({ version: 1, checks: page(`${url}/status/500`) }),
          force: 'true',
          'force-reason': 'because',
        },
        variables: { GITHUB_EVENT_NAME: event },
      });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toMatch(/a gate cannot be forced on a pull request/);
      expect(requests).toEqual([]);
    },
  );

  test('a name that does not resolve explains every check on its host, and a need what needs it', async () => {
    const { report } = await gate({
      page: { kind: 'http', url: 'http://api.invalid/', retries: 0 },
      name: { kind: 'dns', host: 'api.invalid', retries: 0 },
      above: { kind: 'dns', host: 'localhost', needs: ['page'] },
    });
    expect(report.items.map(({ name, status, foldedUnder }) => [name, status, foldedUnder])).toEqual([
      ['page', 'skipped', 'name'],
      ['name', 'failure', null],
      ['above', 'skipped', 'name'],
    ]);
    expect(report.metrics).toMatchObject({ passRate: 0, checks: 3 });
  });

  test('no way out to two hosts is the runner: inconclusive, and the step fails', async () => {
    // A label of 64 letters is refused by the resolver itself: no packet leaves this machine.
    const { run, item } = await gate(
      { far: { kind: 'dns', host: `${'a'.repeat(64)}.com`, retries: 0 } },
      {},
      { gate: { canaries: ['127.0.0.1:1', '127.0.0.1:2'] } },
    );
    expect([run.exitCode, run.outputs['status'], item?.category]).toEqual([1, 'inconclusive', 'runner']);
  });

  test('a token, a certificate and a limit that are near their end are warnings, with dates', async () => {
    const inFiveDays = new Date(Date.now() + 5.5 * 86_400_000);
    const tls = selfSignedCertificate({ notAfter: inFiveDays });
    const encrypted = await started(startEcho({ tls }));
    const vercel = await started(startVercel({ token: 'vc-fake', expiresAtMs: inFiveDays.getTime() }));
    const openai = await started(startOpenAi({ apiKey: 'sk-fake', remainingRequests: 100 }));
    const { run, report } = await gate(
      {
        certificate: { kind: 'tls', host: '127.0.0.1', port: encrypted.port },
        token: { kind: 'vercel', 'api-url': vercel.url },
        limit: { kind: 'openai', 'base-url': openai.url },
      },
      {
        variables: {
          NODE_EXTRA_CA_CERTS: await temporary('ca.pem', tls.cert),
          VERCEL_TOKEN: 'vc-fake',
          OPENAI_API_KEY: 'sk-fake',
        },
      },
    );
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'warning']);
    const date = inFiveDays.toISOString().slice(0, 10);
    expect(report.items.map(({ status, message }) => `${status}: ${message}`)).toEqual([
      `warning: the certificate is valid until ${date}, 5 days`,
      expect.stringMatching(new RegExp(`^warning: the token of .* is valid until ${date}, 5 days$`)),
      'warning: the key is valid, but only 100 of 10000 requests are left in this window',
    ]);
  });

  test('a baseline needs five runs: below it is said so, from it on it is judged by median and MAD', async () => {
    const { url, fail } = await started(startEcho());
    const checks = page(`${url}/health`, { 'max-latency': '+20% of baseline' });
    const { run, text } = await gate(page(`${url}/health`));
    const folder = join(run.directory, 'history');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(folder);
    const keep = (index: number) => writeFile(join(folder, `${index}.json`), text);
    for (const index of [1, 2, 3, 4]) await keep(index);
    fail('slow', { delayMs: 400 });
    const own = { directory: run.directory, inputs: { history: 'history' } };
    const few = await gate(checks, own);
    expect(few.report.details['history']).toBe(
      'only 4 earlier runs: limits against a baseline are not judged below 5',
    );
    expect([few.run.exitCode, few.item?.status]).toEqual([0, 'success']);
    await keep(5);
    const enough = await gate(checks, own);
    expect(enough.item).toMatchObject({
      category: 'assertion',
      message: expect.stringMatching(/slower than its limit/),
      details: { baseline: { runs: 5, madMs: 0 } },
    });
    // Wilson's lower bound of 5 of 5, one-sided at 95 %.
    expect(enough.report.metrics).toMatchObject({ rollingPassRate: 1, historyRuns: 5 });
    expect(enough.report.metrics['rollingLowerBound']).toBeCloseTo(0.6489, 3);
  });

  test('a proxy is used for a name that only it knows, and its password is nowhere', async () => {
    const service = await started(startEcho());
    const proxy = await started(
      startProxy({ hosts: { 'service.example': service.port }, credentials: 'me:pw-planted-fake' }),
    );
    const HTTP_PROXY = proxy.url.replace('//', '//me:pw-planted-fake@');
    const { run, item, text } = await gate(page('http://service.example/health'), {
      variables: { HTTP_PROXY },
    });
    expect(item?.status).toBe('success');
    expect(proxy.requests[0]?.target).toBe('http://service.example/health');
    expect(text + run.stdout.replace(/^::add-mask::.*$/gm, '') + run.summary).not.toContain(
      'pw-planted-fake',
    );
    const refused = await gate(page('http://169.254.169.254/'), { variables: { HTTP_PROXY } });
    expect(refused.item?.category).toBe('configuration');
    expect(proxy.requests).toHaveLength(1);
  });
});
