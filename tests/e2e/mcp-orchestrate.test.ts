import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import type { ClientEntry } from '@sophia/core/fleet/client-config';

import { probeMcp } from '../../packages/runtime/src/mcp/probe-mcp.ts';
import type { McpProbe } from '../../packages/runtime/src/mcp/probe-mcp.ts';
import { freePort, freePorts } from './free-ports.ts';
import { bridge, everything, memory, misbehaving } from './mcp-orchestrate-job.ts';
import { startJob, until } from './mcp-orchestrate-job.ts';
import { programPath } from './run-bundle.ts';

const action = 'mcp-orchestrate';
const node = process.execPath;

async function realFleet() {
  const [http = 0, sse = 0, bridged = 0] = await freePorts(3);
  const here = { 'working-directory': '.' };
  return {
    version: 1,
    mcp: {
      servers: {
        memory: {
          ...here,
          command: [node, memory],
          health: { stdio: true },
          expect: { tools: ['read_graph'] },
        },
        everything: { ...here, command: [node, everything, 'streamableHttp'], port: http, needs: ['memory'] },
        old: { ...here, command: [node, everything, 'sse'], port: sse, health: { sse: '/sse' } },
        bridge: {
          ...here,
          command: [
            node,
            bridge,
            '--stdio',
            `${node} ${memory}`,
            '--outputTransport',
            'streamableHttp',
            '--stateful',
          ].concat([...['--port', String(bridged), '--healthEndpoint', '/health', '--logLevel', 'none']]),
          port: bridged,
          health: { mcp: '/mcp', http: '/health' },
          expect: { 'min-tools': 1 },
        },
      },
    },
  };
}

/** Asks a server as an MCP client does that has read its entry. */
async function asClient(entry: ClientEntry): Promise<McpProbe> {
  const timeoutMs = 20_000;
  if ('command' in entry) {
    const { command, args, cwd: directory, env } = entry;
    const variables = { PATH: process.env['PATH'], ...env };
    return await probeMcp({
      ...{ transport: 'stdio', command: [command, ...args], directory, variables, timeoutMs },
    });
  }
  const transport = entry.type === 'http' ? 'streamable-http' : 'sse';
  return await probeMcp({ transport, url: entry.url, timeoutMs });
}

describe('mcp-orchestrate', () => {
  test('starts real servers over all transports, keeps them between steps, and its post step leaves nothing', async () => {
    const job = await startJob(await realFleet());
    const started = await job.run({});
    expect(started.exitCode).toBe(0);
    expect(started.outputs).toMatchObject({ status: 'success', healthy: '4', total: '4' });
    const report = await job.report();
    expect(
      report.items.map((item: { name: string; details: { state: string } }) => [
        item.name,
        item.details.state,
      ]),
    ).toEqual(['memory', 'everything', 'old', 'bridge'].map((name) => [name, 'healthy']));
    expect((await stat(started.outputs['state-directory'] ?? '')).mode & 0o777).toBe(0o700);
    const { mcpServers } = JSON.parse(await readFile(started.outputs['client-config'] ?? '', 'utf8'));
    expect(mcpServers.memory).toMatchObject({ command: node, args: [memory] });
    // Whoever reads that file reaches each of them.
    const answers = await Promise.all(Object.values<ClientEntry>(mcpServers).map(asClient));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);

    const status = await job.run({ inputs: { mode: 'status' } });
    expect(status.outputs['healthy']).toBe('4');
    const post = await job.run({ entry: 'post', state: started.state });
    expect(post.exitCode).toBe(0);
    expect(post.stdout).toContain('4 servers stopped, nothing is left of them');
    expect(job.left()).toEqual([]);
    const after = await job.run({ inputs: { mode: 'status' } });
    expect(after.exitCode).toBe(1);
    expect(after.outputs).toMatchObject({ status: 'failure', healthy: '0', total: '4' });
  }, 60_000);

  test('a bridge with nothing behind it is not healthy, and what it started goes with it', async () => {
    const port = await freePort();
    const command = [
      node,
      bridge,
      '--stdio',
      '/bin/false',
      '--outputTransport',
      'streamableHttp',
      '--stateful',
    ];
    const server = {
      'working-directory': '.',
      port,
      health: { mcp: '/mcp', http: '/health' },
      'ready-timeout': '5s',
    };
    const hollow = {
      ...server,
      command: [...command, '--port', String(port), '--healthEndpoint', '/health'],
      restart: { limit: 0 },
    };
    const job = await startJob({
      version: 1,
      mcp: { servers: { hollow: { ...hollow, expect: { 'min-tools': 1 } } } },
    });
    const started = await job.run({});
    expect(started.exitCode).toBe(1);
    expect(started.outputs).toMatchObject({ status: 'failure', healthy: '0' });
    await job.run({ entry: 'post', state: started.state });
    expect(job.left()).toEqual([]);
  }, 60_000);

  test('a cancelled start ends within 7 s, and its post step leaves nothing', async () => {
    const port = await freePort();
    const slow = {
      'working-directory': '.',
      command: ['sleep', '600'],
      port,
      'ready-timeout': '5m',
      'stop-timeout': '1s',
    };
    const job = await startJob({ version: 1, mcp: { servers: { slow } } });
    let cancelledAt = 0;
    const started = await job.run({
      onStart: ({ kill }) => {
        const timer = setInterval(() => {
          // The step, the supervisor, and the server.
          if (job.left().length < 3) return;
          clearInterval(timer);
          cancelledAt = performance.now();
          kill('SIGINT');
        }, 50);
      },
    });
    expect(performance.now() - cancelledAt).toBeLessThan(7_000);
    expect(started.exitCode).not.toBe(0);
    expect(await job.report()).toMatchObject({ status: 'cancelled', items: [] });
    await job.run({ entry: 'post', state: started.state });
    expect(job.left()).toEqual([]);
  }, 60_000);

  test('a fleet ends when the worker of its job is gone, or its lifetime is over', async () => {
    const port = await freePort();
    const server = { 'working-directory': '.', command: [node, everything, 'streamableHttp'], port };
    const job = await startJob({ version: 1, mcp: { servers: { everything: server } } });
    // The small server: it must be there before its five seconds are over, however busy the machine is.
    const light = { ...server, command: [node, misbehaving] };
    const short = await job.run({
      inputs: {
        'config-inline': JSON.stringify({ version: 1, mcp: { servers: { light } } }),
        'max-lifetime': '5s',
      },
    });
    expect(short.outputs['healthy']).toBe('1');
    await until(() => job.left().length === 0);

    // The worker has no tracking id of its own: it gives one to the step that it starts.
    const step = `${node} ${programPath(join(action, 'dist/index.js'))}`;
    const script = `RUNNER_TRACKING_ID=${job.tracking} RUNNER_TEMP=$PWD ${step}; echo done; sleep 600`;
    const config = JSON.stringify({ version: 1, mcp: { servers: { everything: server } } });
    const worker = spawn('bash', ['-c', script], {
      cwd: job.directory,
      env: { PATH: process.env['PATH'], 'INPUT_CONFIG-INLINE': config, 'INPUT_UPLOAD-ARTIFACT': 'false' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    worker.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('done'));
    expect(said).toContain('1 of 1 servers are healthy');
    expect(job.left().length).toBe(2);
    worker.kill('SIGKILL');
    await until(() => job.left().length === 0);
  }, 60_000);

  test('two fleets in one job do not know each other', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const config = (port: number) =>
      JSON.stringify({
        version: 1,
        mcp: {
          servers: {
            everything: { 'working-directory': '.', command: [node, everything, 'streamableHttp'], port },
          },
        },
      });
    const job = await startJob(undefined);
    const one = await job.run({ inputs: { 'config-inline': config(first) } });
    const two = await job.run({ inputs: { 'config-inline': config(second) } });
    expect([one.outputs['healthy'], two.outputs['healthy']]).toEqual(['1', '1']);
    const clash = await job.run({ inputs: { 'config-inline': `${config(first)} ` } });
    expect(clash.stdout).toContain(`port ${first} is taken by pid`);
    for (const inputs of [
      { 'config-inline': config(first) },
      { 'config-inline': config(second) },
      { 'config-inline': `${config(first)} ` },
    ]) {
      await job.run({ entry: 'post', state: one.state, inputs });
    }
    expect(job.left()).toEqual([]);
  }, 60_000);

  test('an .mcp.json alone is a fleet, with its variables, and without a secret in any file', async () => {
    const job = await startJob(undefined);
    const secret = 'fake-graph-secret-of-a-test';
    const servers = { graph: { command: node, args: [memory], env: { GRAPH_TOKEN: '${GRAPH_TOKEN}' } } };
    await writeFile(join(job.directory, '.mcp.json'), JSON.stringify({ mcpServers: servers }));
    const inputs = { registry: '.mcp.json' };
    const lacking = await job.run({ inputs });
    expect(lacking.exitCode).toBe(1);
    expect((await job.report()).items[0]).toMatchObject({
      category: 'configuration',
      message: 'not started: GRAPH_TOKEN is not set',
    });
    const started = await job.run({ inputs, variables: { GRAPH_TOKEN: secret } });
    expect(started.outputs).toMatchObject({ status: 'success', healthy: '1' });
    expect(await readFile(started.outputs['client-config'] ?? '', 'utf8')).toContain('${GRAPH_TOKEN}');
    const files = readdirSync(started.outputs['state-directory'] ?? '', {
      recursive: true,
      withFileTypes: true,
    });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(secret);
    }
    expect(started.stdout + started.summary).not.toContain(secret);
    await job.run({ entry: 'post', state: started.state, inputs });
    expect(job.left()).toEqual([]);
  }, 60_000);

  test('a dry run prints the plan and starts nothing', async () => {
    const job = await startJob(await realFleet());
    const planned = await job.run({ inputs: { 'dry-run': 'true' } });
    expect(planned.stdout).toContain('critical path: memory -> everything (at most 1m00s)');
    expect(planned.outputs).toMatchObject({ status: 'planned', total: '4' });
    expect(job.left()).toEqual([]);
  });

  test('a server of a pull request from elsewhere is not started under pull_request_target', async () => {
    const job = await startJob(await realFleet());
    const run = await job.run({ variables: { GITHUB_EVENT_NAME: 'pull_request_target' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('under pull_request_target no command runs');
    expect(job.left()).toEqual([]);
  });
});
