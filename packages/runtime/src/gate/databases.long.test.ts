import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { check } from './gate.fixture.ts';

/** PostgreSQL refuses to run as root: this is Debian's user `nobody`. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Finds a program of Debian, and installs its package where we may; says why where it is not to be had. */
function programOf(pattern: string, debianPackage: string): string | undefined {
  const find = () => globSync(pattern)[0];
  if (find() === undefined && isRoot && existsSync('/usr/bin/apt-get')) {
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (find() === undefined)
    console.warn(`skipped: ${debianPackage} is not installed, and cannot be from here`);
  return find();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const ended = (child: ChildProcess) =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((done) => child.once('exit', done))
    : Promise.resolve();

const redisServer = programOf('/usr/bin/redis-server', 'redis-server');
const initdb = programOf('/usr/lib/postgresql/*/bin/initdb', 'postgresql');

(redisServer === undefined ? describe.skip : describe)("Debian's Redis", () => {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-redis-'));
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const limits = ['--save', '', '--dir', folder, '--requirepass', 'redis-fake'];
    server = spawn(redisServer ?? '', ['--bind', '127.0.0.1', '--port', String(port), ...limits]);
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    await ended(server);
    rmSync(folder, { recursive: true });
  });

  const at = (credentials: string, keys = '') =>
    check(`kind: redis, retries: 10${keys}`, { REDIS_URL: `redis://${credentials}127.0.0.1:${port}` });

  test('PONG with the password, and without', async () => {
    expect(await at(':redis-fake@')).toMatchObject({ status: 'success', message: 'PONG' });
    expect(await at('')).toMatchObject({
      category: 'unauthorized',
      message: expect.stringContaining('NOAUTH'),
      attempts: 1,
    });
    expect(await at(':wrong@')).toMatchObject({
      category: 'unauthorized',
      message: expect.stringContaining('WRONGPASS'),
    });
  });

  test('a user who may not PING is forbidden', async () => {
    const set = 'ACL SETUSER small on >small-fake -@all +auth';
    spawnSync('redis-cli', ['-p', String(port), '-a', 'redis-fake', ...set.split(' ')]);
    expect(await at('small:small-fake@')).toMatchObject({
      category: 'forbidden',
      message: expect.stringContaining('NOPERM'),
    });
  });
});

(initdb === undefined ? describe.skip : describe)("Debian's PostgreSQL", () => {
  const folder = mkdtempSync('/tmp/sophia-pg-');
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    const bin = (name: string) => join(initdb ?? '', '..', name);
    const password = join(folder, 'password');
    writeFileSync(password, 'pg-fake\n');
    if (isRoot) for (const path of [folder, password]) chownSync(path, NOBODY, NOBODY);
    port = await freePort();
    const data = join(folder, 'data');
    const options = { ...user, cwd: folder, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };
    const made = spawnSync(
      bin('initdb'),
      ['-D', data, '-U', 'svc', '-A', 'scram-sha-256', `--pwfile=${password}`],
      options,
    );
    if (made.status !== 0) throw new Error(String(made.stderr));
    const where = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder];
    server = spawn(bin('postgres'), ['-D', data, ...where], options);
  });
  afterAll(async () => {
    server.kill('SIGINT');
    await ended(server);
    rmSync(folder, { recursive: true });
  });

  const at = (credentials: string, database = 'postgres') =>
    check('kind: postgres, retries: 10', {
      DATABASE_URL: `postgres://${credentials}@127.0.0.1:${port}/${database}`,
    });

  test('select 1 with the password', async () => {
    expect(await at('svc:pg-fake')).toMatchObject({
      status: 'success',
      message: expect.stringMatching(/^signed in, version \d+/),
    });
  });

  test.each([
    ['svc:wrong', 'postgres', 'unauthorized', '28P01'],
    ['nobody:pg-fake', 'postgres', 'unauthorized', '28P01'],
    ['svc:pg-fake', 'nowhere', 'not-found', '3D000'],
  ])('%s at %s is %s (%s), in one attempt', async (...row) => {
    const [credentials, database, category, code] = row;
    expect(await at(credentials, database)).toMatchObject({
      category,
      attempts: 1,
      message: expect.stringContaining(code),
    });
  });
});
