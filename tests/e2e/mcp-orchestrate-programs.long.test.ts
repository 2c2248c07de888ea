import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { freePorts } from './free-ports.ts';
import { everything, memory, startJob } from './mcp-orchestrate-job.ts';

// Programs of others in which each trap was seen, from npm, at the versions that have it.
const PROGRAMS = [
  'mcp-hub@4.2.1',
  'mcp-proxy@6.7.19',
  '@playwright/mcp@0.0.83',
  '@upstash/context7-mcp@4.1.1',
  '@modelcontextprotocol/server-brave-search@0.6.2',
];

const node = process.execPath;
const once = { 'working-directory': '.', 'ready-timeout': '15s', restart: { limit: 0 } };
/** A program that wants to call home meets a port on which nobody listens. */
const OFFLINE = {
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
};

const directory = mkdtempSync(join(tmpdir(), 'sophia-programs-'));
const program = (path: string) => join(directory, 'node_modules', path);
/** Why there are no programs; empty where there are. */
let missing = '';

interface Item {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
  readonly category: string | null;
  readonly attempts: number;
  readonly details: Readonly<Record<string, unknown>>;
}

beforeAll(async () => {
  writeFileSync(join(directory, 'package.json'), '{}');
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PROGRAMS];
  try {
    await promisify(execFile)('npm', args, { cwd: directory });
  } catch (error) {
    missing = String(error).split('\n').slice(0, 3).join(' ');
  }
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A test that is left out, with the reason printed, where npm cannot have the programs. */
const testWithPrograms = (name: string, run: () => Promise<void>) =>
  test(
    name,
    async () => {
      if (missing === '') return await run();
      console.log(`skipped: npm cannot install ${PROGRAMS.join(', ')}: ${missing}`);
    },
    180_000,
  );

/** Starts a fleet, stops it, and looks whether anything is left. */
async function runFleet(servers: Readonly<Record<string, unknown>>) {
  const job = await startJob({ version: 1, mcp: { servers } });
  const run = await job.run({});
  const items = ((await job.report()) as { items: readonly Item[] }).items;
  await job.run({ entry: 'post', state: run.state });
  expect(job.left()).toEqual([]);
  return { run, item: (name: string) => items.find((item) => item.name === name) };
}

describe('mcp-orchestrate with the programs that showed each trap', () => {
  testWithPrograms('mcp-hub with a dead backend passes the handshake, and is not healthy', async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const config = join(directory, 'hub.json');
    writeFileSync(config, JSON.stringify({ mcpServers: { dead: { command: '/bin/false', args: [] } } }));
    const hub = (at: number) => ({
      ...once,
      command: [node, program('mcp-hub/dist/cli.js'), '--port', String(at), '--config', config],
      port: at,
      health: { sse: '/mcp', http: '/api/health' },
      env: OFFLINE,
    });
    const { item } = await runFleet({
      hollow: { ...hub(port), expect: { 'min-tools': 1 } },
      trusting: hub(other),
    });
    expect(item('hollow')).toMatchObject({
      category: 'assertion',
      message: expect.stringContaining('no tools'),
    });
    // Without a word about tools it looks well, in spite of the HTTP 500 that it answers while it boots.
    expect(item('trusting')?.details).toMatchObject({ state: 'healthy', tools: [] });
  });

  testWithPrograms('playwright refuses a wrong Host, and the hint says what helps', async () => {
    const [wrong = 0, right = 0] = await freePorts(2);
    const playwright = (port: number) => ({
      ...once,
      command: [node, program('@playwright/mcp/cli.js'), '--port', String(port)],
      port,
      env: OFFLINE,
    });
    const { item } = await runFleet({
      wrong: playwright(wrong),
      right: { ...playwright(right), host: 'localhost' },
    });
    expect(item('wrong')).toMatchObject({
      category: 'forbidden',
      hint: expect.stringContaining('host: localhost'),
    });
    expect(item('right')?.details).toMatchObject({ state: 'healthy' });
  });

  testWithPrograms('context7 opens a port that nobody gave it; several bind all interfaces', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const context7 = [node, program('@upstash/context7-mcp/dist/index.js'), '--transport', 'http'];
    const { run, item } = await runFleet({
      context7: { ...once, command: [...context7, '--port', String(first)], port: first, env: OFFLINE },
      everything: { ...once, command: [node, everything, 'streamableHttp'], port: second },
    });
    expect(run.outputs['status']).toBe('success');
    expect(item('context7')?.details).toMatchObject({
      era: 'modern',
      undeclaredPorts: [9464],
      publicPorts: [first],
    });
    expect(item('everything')?.details).toMatchObject({ era: 'legacy', publicPorts: [second] });
    expect(run.stdout).toContain(
      '::warning title=context7::context7 listens on ports that nobody gave it: 9464',
    );
    expect(run.summary).toContain(`can be reached from other machines on port ${second}`);
  });

  testWithPrograms('brave-search lacks its key, and is not started again', async () => {
    const [port = 0] = await freePorts(1);
    const command = [node, program('@modelcontextprotocol/server-brave-search/dist/index.js')];
    const patient = { ...once, restart: { limit: 5 }, env: OFFLINE };
    const { item } = await runFleet({
      pipes: { ...patient, command, health: { stdio: true } },
      http: { ...patient, command, port },
    });
    for (const name of ['pipes', 'http'])
      expect(item(name)).toMatchObject({
        category: 'configuration',
        attempts: 1,
        message: expect.stringContaining('BRAVE_API_KEY'),
      });
  });

  testWithPrograms('mcp-proxy on a port of another: the probe is not answered by the other', async () => {
    const [port = 0] = await freePorts(1);
    const proxy = [node, program('mcp-proxy/dist/bin/mcp-proxy.mjs'), '--host', '127.0.0.1', '--port'];
    const command = [...proxy, String(port), '--', node, memory];
    const health = { mcp: '/mcp', http: '/ping' };
    const job = await startJob({
      version: 1,
      mcp: { servers: { proxy: { ...once, command, port, health } } },
    });
    const first = await job.run({});
    expect(first.outputs['healthy']).toBe('1');
    const { item } = await runFleet({ late: { ...once, command, port, health } });
    expect(item('late')).toMatchObject({
      details: { state: 'failed' },
      message: expect.stringContaining(`port ${port} is taken by pid`),
    });
    // The other was left alone.
    expect((await job.run({ inputs: { mode: 'status' } })).outputs['healthy']).toBe('1');
    await job.run({ entry: 'post', state: first.state });
    expect(job.left()).toEqual([]);
  });
});
