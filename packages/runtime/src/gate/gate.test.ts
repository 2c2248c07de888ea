import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';
import { startEcho } from '@sophia/standins/echo';

import { gate } from './gate.fixture.ts';
import { probeLoaders } from './table.ts';
import { checkKinds } from '@sophia/core/config/check-schemas';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function startedEcho() {
  const echo = await startEcho();
  closing.push(() => echo.close());
  return echo;
}

/** Accepts connections and counts them. */
async function startCanary() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const close = () => new Promise((done) => server.close(done));
  closing.push(close);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

test('the table has every kind of the contract', () => {
  expect(Object.keys(probeLoaders).sort()).toEqual([...checkKinds].sort());
});

describe('the gate', () => {
  test('keeps the order of the file, whoever is first, and reports each as it ends', async () => {
    const { url, fail } = await startedEcho();
    fail('slow', { path: '/status/200', delayMs: 300 });
    const ended: string[] = [];
    const { items } = await gate(
      `checks:\n  slow: { kind: http, url: "${url}/status/200" }\n  fast: { kind: http, url: "${url}/health" }\n`,
      {},
      { onItem: ({ name }) => ended.push(name) },
    );
    expect(items.map(({ name }) => name)).toEqual(['slow', 'fast']);
    expect(ended).toEqual(['fast', 'slow']);
  });

  test('runs only the checks that are named, and refuses a name that nobody has', async () => {
    const { url } = await startedEcho();
    const yaml = `checks:\n  a: { kind: http, url: "${url}/health" }\n  b: { kind: http, url: "${url}/status/500" }\n`;
    const { items } = await gate(yaml, {}, { names: ['a'] });
    expect(items.map(({ name }) => name)).toEqual(['a']);
    await expect(gate(yaml, {}, { names: ['aa'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/no check is named "aa".*"a"/),
    });
  });

  test('ends on time with a service that says nothing, and still has an item for every check', async () => {
    const { url, fail } = await startedEcho();
    fail('silence');
    const checks = Array.from(
      { length: 6 },
      (_, index) => `  c${index}: { kind: http, url: "${url}/health" }`,
    );
    const from = performance.now();
    const { items, verdict } = await gate(
      `gate: { timeout: 500ms, concurrency: 2, canaries: [] }\nchecks:\n${checks.join('\n')}\n`,
    );
    expect(performance.now() - from).toBeLessThan(900);
    expect(items.map(({ category }) => category)).toEqual(Array(6).fill('timeout'));
    expect(verdict.status).toBe('failure');
  });

  test('folds by needs and by a name that does not resolve', async () => {
    const { items, verdict } = await gate(`checks:
  page: { kind: http, url: "http://api.invalid/health", retries: 0 }
  name: { kind: dns, host: api.invalid, retries: 0, severity: warning }
  closed: { kind: tcp, host: 127.0.0.1, port: 1, retries: 0 }
  behind: { kind: tcp, host: 127.0.0.1, port: 1, retries: 0, needs: [closed] }
`);
    expect(items.map(({ name, status, foldedUnder }) => [name, status, foldedUnder])).toEqual([
      ['page', 'skipped', 'name'],
      ['name', 'failure', null],
      ['closed', 'failure', null],
      ['behind', 'skipped', 'closed'],
    ]);
    expect(verdict).toMatchObject({
      status: 'failure',
      passRate: 0,
      score: 0,
      failedChecks: ['name', 'closed'],
    });
  });

  test('a variable that is not set fails its own check, and a key only its own', async () => {
    const { url } = await startedEcho();
    const { items } = await gate(
      `checks:\n  a: { kind: http, url: "\${BACKEND_URL}/x" }\n  b: { kind: http, url: "\${ECHO_URL}/health" }\n  c: { kind: http, url: "\${NOPE:-${url}}/health" }\n`,
      { ECHO_URL: url },
    );
    expect(items.map(({ status, category }) => [status, category])).toEqual([
      ['failure', 'configuration'],
      ['success', null],
      ['success', null],
    ]);
    expect(items[0]?.message).toMatch(/BACKEND_URL is not set/);
  });

  test('samples, min-pass-rate and max-latency', async () => {
    const { url, fail, requests } = await startedEcho();
    fail(500, { path: '/health', times: 2 });
    const sampled = `kind: http, url: "${url}/health", retries: 0, samples: 4`;
    const { items } = await gate(
      `checks:\n  strict: { ${sampled} }\n  lax: { ${sampled}, min-pass-rate: 0.5, needs: [] }\n  slow: { kind: http, url: "${url}/status/200", max-latency: 0ms }\n`,
      {},
      { names: ['lax', 'slow'] },
    );
    expect(requests).toHaveLength(5);
    expect(items).toMatchObject([
      { name: 'lax', status: 'success', details: { samples: 4 } },
      { name: 'slow', status: 'failure', category: 'assertion' },
    ]);
  });

  test('refuses a limit against a baseline before anything runs', async () => {
    const { url, requests } = await startedEcho();
    await expect(
      gate(
        `checks:\n  a: { kind: http, url: "${url}/health" }\n  b: { kind: tcp, host: h, port: 1, max-latency: "+20% of baseline" }\n`,
      ),
    ).rejects.toMatchObject({ code: 'unsupported' });
    expect(requests).toEqual([]);
  });

  test('foreign text is one short line', async () => {
    const { items } = await gate(
      `checks:\n  a: { kind: command, run: "head -c 2000000 /dev/zero | tr '\\\\0' x; exit 1" }\n`,
    );
    expect(items[0]?.message.length).toBeLessThan(310);
  });
});

describe("the runner's own network", () => {
  // A label of 64 letters is refused by the resolver itself: no packet leaves this machine.
  const tooLong = `${'a'.repeat(64)}.com`;
  const yaml = (canaries: string) =>
    `gate: { canaries: [${canaries}] }\nchecks:\n  far: { kind: dns, host: ${tooLong}, retries: 0 }\n  near: { kind: tcp, host: 127.0.0.1, port: 1, retries: 0, severity: warning }\n`;

  test('makes the verdict inconclusive when no canary answers', async () => {
    const { items, verdict } = await gate(yaml('"127.0.0.1:1", "127.0.0.1:2"'));
    expect(verdict.status).toBe('inconclusive');
    expect(items.map(({ category }) => category)).toEqual(['runner', 'refused']);
  });

  test('is well when one does', async () => {
    const canary = await startCanary();
    const { items, verdict } = await gate(yaml(`"127.0.0.1:1", "${canary.address}"`));
    expect([verdict.status, items[0]?.category, canary.connections()]).toEqual(['failure', 'dns', 1]);
  });

  test('is not asked about where nothing looks like it', async () => {
    const canary = await startCanary();
    await gate(
      `gate: { canaries: ["${canary.address}"] }\nchecks:\n  near: { kind: tcp, host: 127.0.0.1, port: 1, retries: 0 }\n`,
    );
    expect(canary.connections()).toBe(0);
  });
});
