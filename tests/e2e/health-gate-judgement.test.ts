import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startOpenAi } from '@sophia/standins/openai';
import { startProxy } from '@sophia/standins/proxy';
import { startVercel } from '@sophia/standins/vercel';

import { gate, page, started, temporary } from './health-gate-workspace.ts';
import { runBundle } from './run-bundle.ts';

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
