import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@jest/globals';
import { secret } from '@sophia/standins/esc-values';

import { testWith, toolPath } from './conformance-tool.ts';
import { REFERENCE, setUp, startCloud, TOKEN } from './esc-setup-workspace.ts';

const VALUES = {
  openai_api_key: secret('sk-fake-planted-0001'),
  account: 'acme',
  database: { password: secret('pw fake "quoted" \\ planted'), ports: [5432, 5433] },
  lines: secret('first line\nsecond line'),
};

/** Runs Pulumi's own client against the stand-in; it must not block this process, which answers it. */
async function esc(url: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(toolPath('esc'), args, {
    env: {
      PATH: process.env['PATH'],
      HOME: mkdtempSync(join(tmpdir(), 'sophia-esc-home-')),
      PULUMI_HOME: mkdtempSync(join(tmpdir(), 'sophia-esc-home-')),
      PULUMI_ACCESS_TOKEN: TOKEN,
      PULUMI_BACKEND_URL: url,
    },
  });
  let text = '';
  let problems = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, text: code === 0 ? text : text + problems };
}

testWith('esc')('Pulumi’s own client reads from the stand-in what esc-setup exports', async () => {
  const cloud = await startCloud(VALUES);
  try {
    const opened = await esc(cloud.url, ['env', 'open', REFERENCE, '--format', 'json']);
    expect(opened).toMatchObject({ code: 0 });
    const theirs = JSON.parse(opened.text) as typeof VALUES;
    const ours = await setUp({
      cloud,
      inputs: {
        export:
          'KEY=openai_api_key\nACCOUNT=account\nPASSWORD=database.password\nPORT=database.ports[1]\nLINES=lines',
      },
    });
    expect(ours.exitCode).toBe(0);
    expect(ours.exported).toEqual({
      KEY: theirs.openai_api_key,
      ACCOUNT: theirs.account,
      PASSWORD: theirs.database.password,
      PORT: String(theirs.database.ports[1]),
      LINES: theirs.lines,
    });
  } finally {
    await cloud.close();
  }
});

testWith('esc')('and is refused by it with a wrong token and for an unknown environment', async () => {
  const cloud = await startCloud(VALUES, { token: 'pul-another-fake-token' });
  try {
    const refused = await esc(cloud.url, ['env', 'open', REFERENCE]);
    expect(refused.code).not.toBe(0);
    expect(refused.text).toMatch(/401|unauthorized|invalid access token/i);
  } finally {
    await cloud.close();
  }
  const other = await startCloud(VALUES);
  try {
    const missing = await esc(other.url, ['env', 'open', 'acme/default/nowhere']);
    expect(missing.code).not.toBe(0);
    expect(missing.text).toMatch(/404|not found/i);
  } finally {
    await other.close();
  }
});
