import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { freePort, freePorts } from './free-ports.ts';
import { bridge, everything, memory, misbehaving } from './mcp-orchestrate-job.ts';
import { startJob, until } from './mcp-orchestrate-job.ts';

const node = process.execPath;
const here = { 'working-directory': '.', 'ready-timeout': '5s', restart: { limit: 0 } };

/** Several signs of life of a server, each of which could have opened a session. */
const SEVERAL_SIGNS_OF_LIFE_MS = 8_000;

interface Item {
  readonly name: string;
  readonly message: string;
  readonly category: string | null;
  readonly attempts: number;
  readonly details: Readonly<Record<string, unknown>>;
}

const startTimeOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

describe('mcp-orchestrate with bad servers', () => {
  test('names what is wrong with each, and starts none again where that would change nothing', async () => {
    const foreign = createServer((_, response) => response.end('ok'));
    await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
    const taken = (foreign.address() as AddressInfo).port;
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = await freePorts(5);
    const job = await startJob({
      version: 1,
      mcp: {
        servers: {
          locked: { ...here, command: ['./locked.sh'], port: a },
          quitter: { ...here, command: [node, misbehaving, '--exit-0'], port: b, restart: { limit: 1 } },
          unconfigured: { ...here, command: [node, misbehaving, '--unconfigured'], port: c },
          displaced: { ...here, command: [node, everything, 'streamableHttp'], port: taken },
          choosy: { ...here, command: [node, misbehaving, '--check-host'], port: d },
          polite: { ...here, command: [node, misbehaving, '--check-host'], port: e, host: 'localhost' },
        },
      },
    });
    await writeFile(join(job.directory, 'locked.sh'), '#!/bin/sh\nsleep 60\n', { mode: 0o644 });
    const run = await job.run({});
    foreign.close();
    expect(run.outputs).toMatchObject({ status: 'failure', healthy: '1', total: '6' });
    const found = (await job.report()).items as Item[];
    const facts = Object.fromEntries(
      found.map(({ name, category, message, attempts }) => [name, { category, message, attempts }]),
    );
    expect(facts).toMatchObject({
      locked: { category: 'configuration', message: expect.stringContaining('locked.sh'), attempts: 1 },
      quitter: { message: expect.stringContaining('ended with exit code 0'), attempts: 2 },
      unconfigured: { category: 'configuration', message: expect.stringContaining('API_KEY'), attempts: 1 },
      displaced: { message: expect.stringContaining(`port ${taken} is taken by pid ${process.pid}`) },
      choosy: { message: expect.stringContaining('403') },
      polite: { category: null },
    });
    await job.run({ entry: 'post', state: run.state });
    expect(job.left()).toEqual([]);
  }, 120_000);

  test('gives a server nothing of the job, shows no secret that it prints, and names ports that nobody declared', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const secret = 'fake-token-of-a-hostile-test';
    const job = await startJob({
      version: 1,
      mcp: {
        servers: {
          talker: {
            ...here,
            command: [node, misbehaving, '--second-port', '--tell', '--environment'],
            port: first,
            secrets: ['EXAMPLE_TOKEN'],
          },
          open: { ...here, command: [node, everything, 'streamableHttp'], port: second },
        },
      },
    });
    const run = await job.run({
      inputs: { 'upload-artifact': 'all' },
      variables: {
        EXAMPLE_TOKEN: secret,
        ...{ OTHER_TOKEN: 'fake-1', GITHUB_TOKEN: 'fake-2', ACTIONS_RUNTIME_TOKEN: 'fake-3' },
        STATE_planted: 'fake-4',
      },
    });
    expect(run.outputs['healthy']).toBe('2');
    expect(run.stdout).toContain('talker listens on ports that nobody gave it');
    expect(run.stdout).toContain(`open can be reached from other machines on port ${second}`);
    const log = readFileSync(join(run.outputs['state-directory'] ?? '', 'logs/talker.log'), 'utf8');
    expect(log).toContain(`the token is ***, PORT is ${first}`);
    expect(log).toMatch(/"PATH":/);
    expect(log).not.toMatch(
      /"(INPUT_|STATE_|ACTIONS_|OTHER_TOKEN|GITHUB_(TOKEN|ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)")/,
    );
    for (const folder of [run.outputs['state-directory'] ?? '', job.directory]) {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile()))
        expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(secret);
    }
    expect(run.stdout.replace(/^::add-mask::.*$/gm, '') + run.stderr + run.summary).not.toContain(secret);
    await job.run({ entry: 'post', state: run.state });
    expect(job.left()).toEqual([]);
  }, 120_000);

  test('keeps one session with a bridge, which has a process for each, and takes it along', async () => {
    const port = await freePort();
    const behind = ['--stdio', `${node} ${memory}`, '--outputTransport', 'streamableHttp', '--stateful'];
    const command = [node, bridge, ...behind, '--port', String(port), '--logLevel', 'none'];
    const job = await startJob({
      version: 1,
      mcp: {
        servers: { bridge: { 'working-directory': '.', command, port, expect: { 'min-tools': 1 } } },
      },
    });
    const run = await job.run({});
    expect(run.outputs['healthy']).toBe('1');
    const commands = () =>
      job.left().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    const behindIt = () => commands().filter((line) => line.startsWith(`${node} ${memory}`)).length;
    await sleep(SEVERAL_SIGNS_OF_LIFE_MS);
    expect(behindIt()).toBe(1);
    await job.run({ entry: 'post', state: run.state });
    expect(job.left()).toEqual([]);
  }, 120_000);

  test('refuses a port above 65535 before anything runs', async () => {
    const server = { ...here, command: [node, everything, 'streamableHttp'], port: 65_536 };
    const job = await startJob({ version: 1, mcp: { servers: { everything: server } } });
    const run = await job.run({});
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('mcp.servers.everything.port');
    expect(job.left()).toEqual([]);
  }, 60_000);

  test('ends no stranger whose pid is in the record of another boot, or of a process that is gone', async () => {
    const server = { ...here, command: [node, everything, 'streamableHttp'], port: await freePort() };
    const job = await startJob({ version: 1, mcp: { servers: { everything: server } } });
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    const pid = stranger.pid ?? 0;
    for (const bootId of ['of-yesterday', undefined]) {
      const run = await job.run({});
      expect(run.outputs['healthy']).toBe('1');
      const path = join(run.outputs['state-directory'] ?? '', 'fleet.jsonl');
      const record = JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '');
      for (const own of job.left()) process.kill(Number(own), 'SIGKILL');
      await until(() => job.left().length === 0);
      // As if its pids, and even their start times, had been given to somebody else.
      const id = { pid, startTime: startTimeOf(pid) };
      const stale = { ...record, ...(bootId === undefined ? {} : { bootId }), supervisor: id };
      writeFileSync(path, JSON.stringify({ ...stale, servers: { everything: id } }));
    }
    const again = await job.run({});
    expect(again.outputs['healthy']).toBe('1');
    await job.run({ entry: 'post', state: again.state });
    expect(job.left()).toEqual([]);
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    stranger.kill();
  }, 120_000);
});
