import { execFile } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import {
  alertsOf,
  green,
  hook,
  issue,
  KEY,
  PATH,
  red,
  reportOnMain,
  seen,
  services,
} from './pr-report-alerts-workspace.ts';

/** HMAC-SHA256 by another implementation than the one that signs. */
async function hmac(text: string, key: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await webcrypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  return Buffer.from(await webcrypto.subtle.sign('HMAC', imported, encoder.encode(text))).toString('hex');
}

/** Runs what the documentation tells receivers to do. */
async function documentedCheck(headers: Readonly<Record<string, string>>, body: string, key: string) {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/report.md'), 'utf8');
  const snippet = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const file = join(await mkdtemp(join(tmpdir(), 'sophia-snippet-')), 'verify.mjs');
  const call = `console.log(isGenuine(${JSON.stringify(headers)}, ${JSON.stringify(body)}, ${JSON.stringify(key)}));\n`;
  await writeFile(file, snippet + call);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return stdout.trim();
}

describe('the webhook', () => {
  test('gets a message that Slack takes, signed so that the documented check accepts it and nothing else', async () => {
    const { github, slack } = await services();
    const run = await reportOnMain({ github, files: [red], inputs: hook(slack) });
    expect(await alertsOf(run)).toMatchObject([{ name: 'alert-webhook', status: 'success' }]);
    expect(slack.requests).toHaveLength(1);
    const { headers = {}, body = '' } = slack.requests[0] ?? {};
    expect(JSON.parse(body)).toMatchObject({
      text: '❌ acme/app: main is red (Deploy): Blocked: openai rejected the credentials https://github.com/acme/app/actions/runs/812',
    });
    const timestamp = headers['x-sophia-timestamp'] ?? '';
    expect(headers['x-sophia-signature']).toBe(`sha256=${await hmac(`${timestamp}.${body}`, KEY)}`);
    expect(await documentedCheck(headers, body, KEY)).toBe('true');
    expect(await documentedCheck(headers, `${body} `, KEY)).toBe('false');
    expect(await documentedCheck(headers, body, 'another key')).toBe('false');
    expect(await documentedCheck({ ...headers, 'x-sophia-timestamp': '1' }, body, KEY)).toBe('false');
    expect(await documentedCheck({}, body, KEY)).toBe('false');
  });

  test('is not signed without a key, and not called by a green run', async () => {
    const { github, slack } = await services();
    await reportOnMain({ github, files: [red], inputs: hook(slack, '') });
    expect(
      Object.keys(slack.requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-sophia')),
    ).toEqual([]);
    await reportOnMain({ github, files: [green], inputs: hook(slack) });
    expect(slack.requests).toHaveLength(1);
  });

  test('also hears that it is green again, where the issue knows that it was red', async () => {
    const { github, slack } = await services();
    const inputs = { ...issue, ...hook(slack) };
    await reportOnMain({ github, files: [red], inputs });
    await reportOnMain({ github, files: [green], inputs, runId: 813 });
    await reportOnMain({ github, files: [green], inputs, runId: 814 });
    const texts = slack.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(texts).toEqual([
      expect.stringMatching(/^❌/),
      expect.stringMatching(/^✅ acme\/app: main is green again/),
    ]);
  });

  test.each([
    [500, /alert-webhook failed: the webhook answered 500/],
    [302, /alert-webhook failed: the webhook answered 302/],
    ['silence', /alert-webhook failed: the webhook was not reached: no answer within 5 s/],
    ['down', /alert-webhook failed: the webhook was not reached: /],
  ] as const)('that fails (%s) is a warning, and the verdict stands', async (mode, words) => {
    const { github, slack } = await services();
    const inputs = { ...issue, ...hook(slack), 'fail-on': 'failure' };
    if (mode === 'down') await slack.close();
    else slack.fail(mode);
    const run = await reportOnMain({ github, files: [red], inputs });
    expect(run.exitCode).toBe(1);
    expect(run.outputs['status']).toBe('failure');
    expect(run.stdout).toMatch(words);
    expect(github.issues()).toHaveLength(1);
    expect(await alertsOf(run)).toMatchObject([
      { status: 'success' },
      { name: 'alert-webhook', status: 'warning' },
    ]);
    expect(seen(run)).not.toContain(PATH);
  });

  test.each([
    'http://hooks.example.com/services/fake',
    'no-url',
    'http://169.254.169.254/latest/fakeMetadata',
  ])('at %s is refused', async (url) => {
    const { github } = await services();
    const run = await reportOnMain({ github, files: [red], inputs: { 'alert-webhook': url } });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('the input "alert-webhook" is no https:// URL');
    expect(seen(run)).not.toContain(url);
  });
});
