import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { takeEnvironmentLock } from './environment-lock.ts';

const REQUEST = { environment: 'production', deploymentId: 'd1', leaseMs: 0 };
const folder = () => mkdtemp(join(tmpdir(), 'sophia-lock-'));
const pathIn = (directory: string) => join(directory, 'logs/deployments/.production.lock');

test('a lock that is held is refused, and is free after its release', async () => {
  const directory = await folder();
  const lock = await takeEnvironmentLock(directory, REQUEST);
  await expect(takeEnvironmentLock(directory, REQUEST)).rejects.toMatchObject({ code: 'state' });
  await expect(takeEnvironmentLock(directory, { ...REQUEST, environment: 'staging' })).resolves.toBeDefined();
  await lock.release();
  expect((await takeEnvironmentLock(directory, REQUEST)).takenFrom).toBeUndefined();
});

test('of many that ask at once, one gets it', async () => {
  const directory = await folder();
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, () => takeEnvironmentLock(directory, REQUEST)),
  );
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a holder that is gone is replaced, and so is another process with its number', async () => {
  const directory = await folder();
  await takeEnvironmentLock(directory, REQUEST);
  const own = JSON.parse(await readFile(pathIn(directory), 'utf8')) as Record<string, unknown>;
  const child = spawn('true');
  await new Promise((done) => child.on('exit', done));
  await writeFile(pathIn(directory), JSON.stringify({ ...own, pid: child.pid }));
  expect((await takeEnvironmentLock(directory, REQUEST)).takenFrom).toMatchObject({ deploymentId: 'd1' });
  await writeFile(pathIn(directory), JSON.stringify({ ...own, processStart: '1' }));
  expect((await takeEnvironmentLock(directory, REQUEST)).takenFrom).toBeDefined();
});

test('a holder on another machine is taken to be alive', async () => {
  const directory = await folder();
  await takeEnvironmentLock(directory, REQUEST);
  await writeFile(
    pathIn(directory),
    JSON.stringify({ deploymentId: 'd0', pid: 1, processStart: '1', host: `not-${hostname()}` }),
  );
  await expect(takeEnvironmentLock(directory, REQUEST)).rejects.toMatchObject({
    message: expect.stringContaining('d0'),
  });
});
