import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, describe, expect, test } from '@jest/globals';

import { freePorts, server, stateOf, testFleet } from './fixtures/test-fleet.ts';
import type { TestFleet } from './fixtures/test-fleet.ts';
import { isAlive, listProcesses, readEnvironment, readProcess } from './proc/process-table.ts';

const fleets: TestFleet[] = [];
const make = async (...args: Parameters<typeof testFleet>) => {
  const fleet = await testFleet(...args);
  fleets.push(fleet);
  return fleet;
};

afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.dispose();
});

const item = (result: Awaited<ReturnType<TestFleet['start']>>, name: string) =>
  result.items.find((found) => found.name === name);

async function until(condition: () => Promise<boolean> | boolean, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not become true in time');
    await sleep(50);
  }
}

const hasSix = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
if (!hasSix) console.log('not here: the address ::1; servers that listen there are not tested');
const testWithSix = hasSix ? test : test.skip;

describe('a fleet', () => {
  test('starts in the order of needs, stays between calls, and stops without leaving anything', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const fleet = await make({
      agent: server(second, [], { needs: ['memory'] }),
      memory: server(first, ['--stray'], {
        health: { mcp: '/mcp', http: '/health' },
        expect: { tools: ['remember'] },
      }),
    });
    const started = await fleet.start();
    expect(started.status).toBe('success');
    expect(fleet.lines.indexOf('agent: starting')).toBeGreaterThan(
      fleet.lines.findIndex((line) => line.startsWith('memory: healthy')),
    );
    expect(item(started, 'memory')?.details).toMatchObject({
      state: 'healthy',
      port: first,
      era: 'legacy',
      tools: ['remember'],
    });
    expect(fleet.processes().length).toBe(3);
    expect((await fleet.start()).items.map(({ details }) => details['pid'])).toEqual(
      started.items.map(({ details }) => details['pid']),
    );
    const stopped = await fleet.stop();
    expect(stopped.items.every(({ details }) => details['state'] === 'stopped')).toBe(true);
    expect(fleet.processes()).toEqual([]);
    expect(existsSync(fleet.stateDirectory())).toBe(false);
  });

  test('keeps one session a server, and ends it', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make({ memory: server(port) });
    await fleet.start();
    await sleep(3_500);
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { sessions: number };
    expect(health.sessions).toBe(1);
    await fleet.restart(['memory']);
    const log = readFileSync(join(fleet.stateDirectory(), 'logs', 'memory.log'), 'utf8');
    expect(log).toMatch(/is told to end[^]*session s\d+ was ended[^]*ended with SIGTERM/);
  });

  test('restarts what is killed, degrades who needs it, and heals both', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const fleet = await make({ memory: server(first), agent: server(second, [], { needs: ['memory'] }) });
    const started = await fleet.start();
    process.kill(Number(item(started, 'memory')?.details['pid']), 'SIGKILL');
    await until(async () => item(await fleet.status(), 'memory')?.details['restarts'] === 1);
    await until(async () => (await fleet.status()).status === 'success');
    const events = readFileSync(join(fleet.stateDirectory(), 'events.jsonl'), 'utf8');
    expect(events).toContain('"server":"agent","from":"healthy","to":"degraded","because":"memory"');
    expect(item(await fleet.status(), 'memory')?.details['recoveryMs']).toMatchObject({
      max: expect.any(Number),
    });
  });

  test('blocks who needs a server that failed, and goes on with the others', async () => {
    const [first = 0, second = 0, third = 0] = await freePorts(3);
    const fleet = await make({
      broken: server(first, ['--exit-0'], { restart: { limit: 1, window: '1m' } }),
      agent: server(second, [], { needs: ['broken'] }),
      other: server(third),
    });
    const result = await fleet.start();
    expect(result.status).toBe('failure');
    expect(item(result, 'broken')).toMatchObject({
      status: 'failure',
      category: 'server-error',
      attempts: 2,
    });
    expect(item(result, 'broken')?.message).toContain('ended with exit code 0 before it was ready');
    expect(item(result, 'agent')).toMatchObject({ status: 'skipped', foldedUnder: 'broken' });
    expect(stateOf(result, 'agent')).toBe('blocked');
    expect(stateOf(result, 'other')).toBe('healthy');
  });

  test('does not start again what lacks its configuration, its program, its folder or a secret', async () => {
    const ports = await freePorts(4);
    const fleet = await make({
      unconfigured: server(ports[0] ?? 0, ['--unconfigured']),
      nowhere: server(ports[1] ?? 0, [], { command: ['no-such-program'] }),
      homeless: server(ports[2] ?? 0, [], { 'working-directory': 'missing' }),
      secretless: server(ports[3] ?? 0, [], { secrets: ['EXAMPLE_TOKEN'] }),
    });
    const result = await fleet.start();
    for (const found of result.items)
      expect(found).toMatchObject({ status: 'failure', category: 'configuration' });
    expect(result.items.map(({ message }) => message)).toEqual([
      expect.stringContaining('EXAMPLE_API_KEY environment variable is required'),
      expect.stringContaining('"no-such-program"'),
      expect.stringContaining('working directory does not exist'),
      'not started: EXAMPLE_TOKEN is not set',
    ]);
    expect(result.items.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('is not fooled by another process on the port', async () => {
    const foreign = createServer((_, response) => response.end('ok'));
    await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
    const { port } = foreign.address() as AddressInfo;
    const fleet = await make({ memory: server(port, [], { health: { http: '/health' } }) });
    const result = await fleet.start();
    await new Promise((done) => foreign.close(done));
    expect(item(result, 'memory')?.message).toContain(`port ${port} is taken by pid ${process.pid}`);
  });

  test('is not fooled by one that takes the port while the server boots', async () => {
    const [port = 0] = await freePorts(1);
    const own = { health: { http: '/health' }, restart: { limit: 0, window: '1m' } };
    const fleet = await make({ memory: server(port, ['--never-ready'], { ...own, 'ready-timeout': '2s' }) });
    const starting = fleet.start();
    const isStarted = ({ pid }: { pid: number }) => readEnvironment(pid)?.includes(`PORT=${port}`) === true;
    await until(() => listProcesses(new Set()).some(isStarted));
    const foreign = createServer((_, response) => response.end('ok'));
    await new Promise<void>((done) => foreign.listen(port, '127.0.0.1', done));
    const found = item(await starting, 'memory');
    await new Promise((done) => foreign.close(done));
    expect(found).toMatchObject({
      category: 'configuration',
      message: expect.stringContaining(`port ${port} is not its own: pid ${process.pid} `),
    });
  });

  test('takes a server without its tools, or without a listener, for not ready', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const once = { restart: { limit: 0, window: '1m' }, 'ready-timeout': '3s' };
    const fleet = await make({
      hollow: server(first, ['--no-tools'], { ...once, expect: { 'min-tools': 1 } }),
      silent: server(second, ['--never-ready'], once),
    });
    const result = await fleet.start();
    expect(item(result, 'hollow')).toMatchObject({
      category: 'assertion',
      message: expect.stringContaining('no tools'),
    });
    expect(item(result, 'silent')).toMatchObject({
      category: 'refused',
      message: expect.stringContaining('nothing listens'),
    });
  });

  testWithSix(
    'a server that listens at ::1 alone is found there, and elsewhere the hint says so',
    async () => {
      const [first = 0, second = 0] = await freePorts(2);
      const fleet = await make({
        right: server(first, ['--six'], { host: '::1' }),
        wrong: server(second, ['--six'], { restart: { limit: 0, window: '1m' }, 'ready-timeout': '1s' }),
      });
      const result = await fleet.start();
      expect(stateOf(result, 'right')).toBe('healthy');
      expect(item(result, 'wrong')).toMatchObject({
        category: 'refused',
        message: `not ready within 1.0 s: something listens on port ${second}, but not at 127.0.0.1`,
        hint: expect.stringContaining('host: localhost'),
      });
    },
  );

  test('ends the child of a server that forks and exits', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make({
      daemon: server(port, ['--fork-and-exit'], { restart: { limit: 0, window: '1m' } }),
    });
    await fleet.start();
    await until(async () => stateOf(await fleet.status(), 'daemon') === 'failed');
    expect(fleet.processes()).toEqual([]);
  });

  test('kills what ignores SIGTERM, within its stop-timeout', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make({ stubborn: server(port, ['--ignore-term']) });
    await fleet.start();
    const started = performance.now();
    await fleet.stop();
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(fleet.processes()).toEqual([]);
  });

  test('gives a server only what it may have, and redacts what it prints', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make(
      {
        memory: server(port, ['--tell', '--environment'], {
          secrets: ['EXAMPLE_TOKEN'],
          env: { LEVEL: 'info' },
        }),
      },
      {
        variables: {
          EXAMPLE_TOKEN: 'fake-token-of-the-example',
          OTHER_TOKEN: 'fake-other-token',
          GITHUB_TOKEN: 'fake-github-token',
          INPUT_MODE: 'start',
          RUNNER_TRACKING_ID: 'github_fake',
        },
      },
    );
    await fleet.start();
    const log = readFileSync(join(fleet.stateDirectory(), 'logs', 'memory.log'), 'utf8');
    expect(log).toContain(`the token is ***, PORT is ${port}`);
    expect(log).toContain('"LEVEL":"info"');
    expect(log).toContain('"RUNNER_TRACKING_ID":"github_fake"');
    expect(log).not.toMatch(/fake-|INPUT_MODE|OTHER_TOKEN|GITHUB_TOKEN/);
  });

  test('a flood of output neither stops the server nor fills the disk', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make({ chatty: server(port, ['--flood']) });
    expect((await fleet.start()).status).toBe('success');
    await sleep(1_500);
    expect(readFileSync(join(fleet.stateDirectory(), 'logs', 'chatty.log')).length).toBeLessThan(4_000_000);
    expect((await fleet.status()).status).toBe('success');
  });

  test('outlives no supervisor: the next start removes what a killed one left, and no stranger', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make({ memory: server(port, ['--stray']) });
    await fleet.start();
    const before = fleet.processes();
    const stranger = spawn('sleep', ['60'], { detached: true });
    const supervisor = readProcess(fleet.supervisorPid());
    if (supervisor === undefined) throw new Error('no supervisor runs');
    process.kill(supervisor.pid, 'SIGKILL');
    await until(() => !isAlive(supervisor));
    expect(item(await fleet.status(), 'memory')).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(
        /^runs as pid \d+, but nobody keeps it: the supervisor of the fleet was killed/,
      ),
    });
    expect((await fleet.start()).status).toBe('success');
    expect(fleet.processes().filter((pid) => before.includes(pid))).toEqual([]);
    expect(fleet.lines.some((line) => line.includes('had lost its supervisor'))).toBe(true);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    process.kill(fleet.supervisorPid(), 'SIGSTOP');
    expect(item(await fleet.status(), 'memory')?.message).toContain(
      'the supervisor of the fleet does not answer',
    );
    process.kill(fleet.supervisorPid(), 'SIGKILL');
    expect((await fleet.stop()).warnings).toMatchObject([
      {
        name: 'fleet',
        message: expect.stringMatching(/had lost its supervisor: [23] processes of it were ended/),
      },
    ]);
    expect(fleet.processes()).toEqual([]);
  });

  test('restarts one server on request, and leaves the others alone', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const fleet = await make({ memory: server(first), other: server(second) });
    const before = await fleet.start();
    const after = await fleet.restart(['memory']);
    expect(after.status).toBe('success');
    expect(item(after, 'other')?.details['pid']).toBe(item(before, 'other')?.details['pid']);
    expect(item(after, 'memory')?.details['pid']).not.toBe(item(before, 'memory')?.details['pid']);
  });

  test('ends what is not healthy at the start-timeout', async () => {
    const [port = 0] = await freePorts(1);
    const fleet = await make(
      { silent: server(port, ['--never-ready'], { 'ready-timeout': '30s' }) },
      { mcp: { 'start-timeout': '1s' } },
    );
    const result = await fleet.start();
    expect(item(result, 'silent')).toMatchObject({ category: 'timeout', status: 'failure' });
    await until(() => fleet.processes().length === 0);
  });
});
