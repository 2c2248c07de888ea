import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { freePort, freePorts } from './free-ports.ts';
import { misbehaving, startJob, until } from './mcp-orchestrate-job.ts';

const here = { 'working-directory': '.' };

/** A file system of this size, mounted; undefined, with the reason printed, where that is not allowed. */
function mountSmall(size: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    console.log(`skipped: no file system can be mounted here (root on Linux only): ${String(error)}`);
    return undefined;
  }
  const release = async () => {
    // A process that has just ended may hold its files for a moment.
    await until(() => spawnSync('umount', [folder]).status === 0);
    rmSync(folder, { recursive: true });
  };
  return { folder, release };
}

/** Leaves no byte on a file system. */
function fill(folder: string): void {
  const path = join(folder, 'filler');
  try {
    for (;;) writeFileSync(path, Buffer.alloc(4_096), { flag: 'a' });
  } catch {
    // ENOSPC: that was the aim.
  }
}

describe('mcp-orchestrate with a disk that fills', () => {
  test('a full disk costs logs, never the fleet, and the report says so', async () => {
    const small = mountSmall('2m');
    if (small === undefined) return;
    const server = { ...here, command: [process.execPath, misbehaving, '--flood'], port: await freePort() };
    const job = await startJob({ version: 1, mcp: { servers: { chatty: server } } }, small.folder);
    const started = await job.run({});
    expect(started.outputs['healthy']).toBe('1');
    fill(small.folder);
    const lost = async () => {
      const status = await job.run({ inputs: { mode: 'status' } });
      expect(status.outputs).toMatchObject({ healthy: '1', total: '1' });
      return status;
    };
    let status = await lost();
    while (!status.stdout.includes('of its log, which could not be written')) status = await lost();
    expect((await job.report()).items[0].details.lostLogBytes).toBeGreaterThan(0);
    const post = await job.run({ entry: 'post', state: started.state });
    expect(post.exitCode).toBe(0);
    // The supervisor itself ends a moment after it has said that its fleet is gone.
    await until(() => job.left().length === 0);
    await small.release();
  }, 120_000);

  test('a chain that is slow to stop is ended in time by the post step, and nothing is left', async () => {
    const ports = await freePorts(4);
    const servers = Object.fromEntries(
      ports.map((port, index) => {
        const needs = index === 0 ? [] : [`s${index - 1}`];
        const command = [process.execPath, misbehaving, '--ignore-term', '--stray'];
        return [`s${index}`, { ...here, command, port, needs, 'stop-timeout': '30s' }];
      }),
    );
    const job = await startJob({ version: 1, mcp: { servers } });
    const started = await job.run({});
    expect(started.outputs['healthy']).toBe('4');
    const post = await job.run({ entry: 'post', state: started.state });
    expect(post.exitCode).toBe(0);
    // The runner gives a post step of a cancelled job no more.
    expect(post.durationMs).toBeLessThan(60_000);
    expect(job.left()).toEqual([]);
  }, 180_000);

  test('a gigabyte of output is drained, and a few megabytes of it are kept', async () => {
    const server = {
      ...here,
      command: [process.execPath, misbehaving, '--gigabyte'],
      port: await freePort(),
    };
    const job = await startJob({ version: 1, mcp: { servers: { chatty: server } } });
    const started = await job.run({});
    expect(started.outputs['healthy']).toBe('1');
    const logs = join(started.outputs['state-directory'] ?? '', 'logs');
    const log = join(logs, 'chatty.log');
    await until(() => readFileSync(log, 'utf8').includes('that was a gigabyte'), 90_000);
    const kept = readdirSync(logs).reduce((sum, name) => sum + statSync(join(logs, name)).size, 0);
    expect(kept).toBeLessThan(5_000_000);
    expect((await job.run({ inputs: { mode: 'status' } })).outputs['healthy']).toBe('1');
    await job.run({ entry: 'post', state: started.state });
    expect(job.left()).toEqual([]);
  }, 180_000);
});
