import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { secret } from '@sophia/standins/esc-values';

import { setUp, startCloud, TOKEN } from './esc-setup-workspace.ts';
import type { Pulumi, SetupRun } from './esc-setup-workspace.ts';
import { runBundle } from './run-bundle.ts';

let cloud: Pulumi;
afterEach(() => cloud?.close());

/** Fifty secrets, each unlike the others, with what encodings change in them. */
const CANARIES = Array.from({ length: 50 }, (_, index) => `c4nary-${index * 7919}/+"&<ü>='${index}`);
const NAMES = CANARIES.map((_, index) => `canary_${index}`);
const RULES = `version: 1\nsecrets:\n${NAMES.map((name) => `  ${name}: {}\n`).join('')}`;

/** Plain ones, lines of a key, JSON, and nested: each canary is somewhere. */
function planted(): Record<string, unknown> {
  const entries = CANARIES.map((canary, index): [string, unknown] => {
    const shapes = [
      canary,
      `first line\n${canary}\nlast`,
      JSON.stringify({ password: canary }),
      { inner: [canary] },
    ];
    return [`canary_${index}`, secret(shapes[index % shapes.length])];
  });
  return { ...Object.fromEntries(entries), files: { KEY_FILE: secret(CANARIES[0]) } };
}

const encodings = (text: string): readonly string[] => {
  const base64 = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.from('x'.repeat(offset) + text).toString('base64');
    const inner = whole.slice(offset === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    xml,
    xml.replaceAll('"', '&quot;'),
    ...base64,
  ];
};

const FORMS = [...CANARIES, TOKEN].flatMap(encodings);

/** Everything that a step leaves where somebody may see it; its variables and the files that they name are the purpose. */
async function visible(run: SetupRun): Promise<string> {
  const left = (await readdir(run.directory, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const texts = await Promise.all(
    left
      .filter(({ name }) => name !== 'sophia.yml')
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
  );
  return [run.shown, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state), ...texts].join(
    '\n',
  );
}

async function expectNone(run: SetupRun): Promise<void> {
  const text = await visible(run);
  expect(text).toContain('sophia-report/1');
  expect(FORMS.filter((form) => text.includes(form))).toEqual([]);
}

const run = (inputs: Record<string, string> = {}, more: Partial<Parameters<typeof setUp>[0]> = {}) =>
  setUp({ cloud, files: { '.github/sophia.yml': RULES }, inputs, ...more });

describe('none of 50 secrets, in no encoding, is seen', () => {
  test('on success', async () => {
    cloud = await startCloud(planted());
    const done = await run();
    expect([done.exitCode, Object.keys(done.exported).length]).toEqual([0, 51]);
    await expectNone(done);
  });

  test('without an export, with drift', async () => {
    cloud = await startCloud(planted());
    const lines = CANARIES.map((canary, index) => `canary_${index}=${canary}`);
    const done = await run({ export: 'none', 'github-secrets': lines.join('\n') });
    expect(done.exitCode).toBe(0);
    await expectNone(done);
  });

  test('where requirements fail, and the errors of a definition quote them', async () => {
    cloud = await startCloud({ ...planted(), canary_7: '', canary_8: secret('PLACEHOLDER') });
    const failed = await run();
    expect([failed.exitCode, failed.exported]).toEqual([1, {}]);
    await expectNone(failed);
  });

  test('where every request fails, and the service repeats the token', async () => {
    cloud = await startCloud(planted(), { token: 'another' });
    const refused = await run();
    expect(refused.exitCode).toBe(1);
    await expectNone(refused);
    cloud.fail('html');
    await expectNone(await run());
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'after a cancel (%s), which leaves nothing exported and no file',
    async (signal) => {
      cloud = await startCloud(planted());
      cloud.fail('slow', { method: 'GET', delayMs: 20_000 });
      const cancelled = await run({}, { onStart: ({ kill }) => void cancelOnceOpened(() => kill(signal)) });
      expect([cancelled.exitCode, cancelled.exported]).toEqual([1, {}]);
      expect(cancelled.durationMs).toBeLessThan(10_000);
      expect(cancelled.report.details.error).toMatchObject({ code: 'cancelled' });
      expect(await readdir(cancelled.runnerTemp)).toEqual([]);
      await expectNone(cancelled);
    },
  );

  test('in what the post step says', async () => {
    cloud = await startCloud(planted());
    const { state, runnerTemp } = await run();
    const post = await runBundle({
      action: 'esc-setup',
      entry: 'post',
      state,
      variables: { RUNNER_TEMP: runnerTemp },
    });
    expect(FORMS.filter((form) => (post.stdout + post.stderr).includes(form))).toEqual([]);
    expect(await readdir(runnerTemp)).toEqual([]);
  });
});

async function cancelOnceOpened(cancel: () => void): Promise<void> {
  while (!cloud.requests.some(({ method }) => method === 'GET'))
    await new Promise((done) => setTimeout(done, 20));
  cancel();
}

test('200 secrets take two requests', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `secret_${index}`);
  cloud = await startCloud(Object.fromEntries(names.map((name) => [name, secret(`value-of-${name}`)])));
  const done = await setUp({ cloud, inputs: { secrets: names.join('\n') } });
  expect([done.exitCode, Object.keys(done.exported).length, cloud.requests.length]).toEqual([0, 200, 2]);
});

test('a folder that the state does not own is not removed by the post step', async () => {
  cloud = await startCloud({});
  const { directory, runnerTemp } = await setUp({ cloud });
  for (const folder of [
    directory,
    runnerTemp,
    `${runnerTemp}/sophia-esc-x/..`,
    `${directory}/sophia-esc-x`,
  ]) {
    const state = { 'secret-files': folder };
    await runBundle({ action: 'esc-setup', entry: 'post', state, variables: { RUNNER_TEMP: runnerTemp } });
  }
  expect(await readdir(directory)).toEqual(['esc_setup_report.json']);
});
