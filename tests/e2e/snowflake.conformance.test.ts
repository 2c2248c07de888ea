import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import { startSnowflake } from '@sophia/standins/snowflake';

import { testWith, toolPath } from './conformance-tool.ts';
import { runBundle } from './run-bundle.ts';

/** fakesnow speaks Snowflake's protocol over a real SQL engine; it takes any login. */
async function startFakesnow() {
  const child = spawn(toolPath('fakesnow'), ['--server', '--host', '127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  let heard = '';
  const url = await new Promise<string>((done, fail) => {
    const hear = (chunk: Buffer) => {
      heard += chunk.toString();
      const found = /https?:\/\/(127\.0\.0\.1:\d+)/.exec(heard)?.[1];
      if (found !== undefined) done(`http://${found}`);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => fail(new Error(`fakesnow ended with ${code}: ${heard}`)));
  });
  const said = () => heard;
  const close = () => new Promise((done) => child.once('close', done).kill('SIGTERM'));
  return { url, said, close };
}

testWith('fakesnow')(
  'the snowflake check signs in at another’s server of the protocol, and its query is taken',
  async () => {
    const fakesnow = await startFakesnow();
    try {
      const run = await runBundle({
        action: 'health-gate',
        inputs: { 'config-inline': 'checks: { snowflake: { kind: snowflake } }', 'upload-artifact': 'false' },
        variables: {
          ...{
            SNOWFLAKE_ACCOUNT: 'fakesnow',
            SNOWFLAKE_USER: 'fake',
            SNOWFLAKE_PASSWORD: 'snow-fake-planted',
          },
          SNOWFLAKE_HOST: fakesnow.url,
        },
      });
      expect(fakesnow.said()).toMatch(/"POST \/session\/v1\/login-request[^"]*" 200/);
      expect(fakesnow.said()).toMatch(/"POST \/queries\/v1\/query-request[^"]*" 200/);
      expect(fakesnow.said()).toMatch(/"POST \/session\?delete=true[^"]*" 200/);
      // It answers in Arrow only, and has no page for the JSON that Snowflake's driver for Node then asks for: what is
      // missing there is told as missing, and is no pass.
      const report = JSON.parse(
        await readFile(join(run.directory, 'health_gate_report.json'), 'utf8'),
      ) as Report;
      expect(report.items[0]).toMatchObject({ status: 'failure', category: 'not-found' });
    } finally {
      await fakesnow.close();
    }
  },
);

const QUERY = `
import os, sys, snowflake.connector
try:
    connection = snowflake.connector.connect(
        account='acme', user='svc', password=os.environ['FAKE_PASSWORD'],
        host='127.0.0.1', port=int(os.environ['FAKE_PORT']), protocol='http',
        login_timeout=10, client_prefetch_threads=1)
    print(connection.cursor().execute('select current_version()').fetchone()[0])
    connection.close()
except snowflake.connector.errors.Error as error:
    print(error.errno, str(error))
`;

/** Snowflake's own client for Python, which comes with fakesnow, against our stand-in. */
async function queryWithPython(url: string, password: string): Promise<string> {
  const python = join(dirname(toolPath('fakesnow')), 'python');
  const child = spawn(python, ['-c', QUERY], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), FAKE_PASSWORD: password, FAKE_PORT: new URL(url).port },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((done) => child.on('close', done));
  return text;
}

testWith('fakesnow')(
  'Snowflake’s client for Python gets from the stand-in what it gets from Snowflake',
  async () => {
    const standin = await startSnowflake({ user: 'svc', password: 'snow-fake-planted' });
    try {
      expect(await queryWithPython(standin.url, 'snow-fake-planted')).toMatch(/^\d+\.\d+\.\d+\s*$/);
      expect(await queryWithPython(standin.url, 'wrong')).toMatch(
        /^250001 .*Incorrect username or password/s,
      );
    } finally {
      await standin.close();
    }
  },
);
