import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from '@jest/globals';
import { secret } from '@sophia/standins/esc-values';

import { expectRefusal, setUp, startCloud } from './esc-setup-workspace.ts';
import type { Pulumi } from './esc-setup-workspace.ts';

const VALUES = { key: secret('value-of-the-key'), environmentVariables: { REGION: 'eu' } };

let cloud: Pulumi | undefined;
afterEach(() => cloud?.close());

test.each([
  [503, 'unavailable', /503/],
  [429, 'rate-limited', /429/],
  ['reset', 'unavailable', /connection was cut/],
] as const)('%s, for ever: four more attempts, then the reason', async (mode, code, words) => {
  cloud = await startCloud(VALUES);
  cloud.fail(mode, { retryAfterSeconds: 0 });
  const run = await setUp({ cloud });
  expectRefusal(
    run,
    code,
    words,
    mode === 'reset' ? /closes connections/ : /127\.0\.0\.1:\d+ is not Pulumi Cloud.s own address/,
  );
  expect(run.shown).toContain('(5 attempts)');
  expect(cloud.requests).toHaveLength(5);
});

test('nobody listens', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  const run = await setUp({ cloud: { url: `http://127.0.0.1:${port}` } });
  expectRefusal(run, 'unavailable', /connection refused.*5 attempts/, /start the service/);
});

test('silence: each attempt ends after 15 s, all of them within a minute', async () => {
  cloud = await startCloud(VALUES);
  cloud.fail('silence');
  const run = await setUp({ cloud });
  expectRefusal(run, 'unavailable', /no answer in \d+ s/, /firewall or proxy/);
  expect(run.durationMs).toBeGreaterThan(40_000);
  expect(run.durationMs).toBeLessThan(63_000);
}, 90_000);

test('30 s of silence are got over', async () => {
  cloud = await startCloud(VALUES);
  cloud.fail('silence', { times: 2 });
  const run = await setUp({ cloud });
  expect([run.exitCode, run.exported]).toEqual([0, { REGION: 'eu' }]);
}, 90_000);
