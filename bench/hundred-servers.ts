import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePorts } from '@sophia/runtime/fleet/fixtures/test-fleet';

import { BenchFleet, endGroup } from './fleet-workload.ts';

const run = promisify(execFile);
const COUNT = 100;
const POLL_MS = 50;

const SERVER = `require('node:http').createServer((_, response) => response.end('ok')).listen(Number(process.argv[2]), '127.0.0.1');`;

/** What the others need, installed into a folder of its own; undefined where the registry is out of reach. */
export interface Rivals {
  readonly directory: string;
  readonly versions: Readonly<Record<'pm2' | 'concurrently' | 'wait-on', string>>;
  dispose(): void;
}

/** Pinned, so that the figures of two days speak of the same programs. */
const RIVALS = ['pm2@7.0.4', 'concurrently@10.0.7', 'wait-on@9.5.1'] as const;

/** Installs pm2, concurrently and wait-on. @returns the reason where that fails */
export async function installRivals(): Promise<Rivals | string> {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-rivals-'));
  writeFileSync(join(directory, 'package.json'), '{}');
  try {
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...RIVALS], {
      cwd: directory,
    });
  } catch (error) {
    rmSync(directory, { recursive: true });
    return `npm cannot install ${RIVALS.join(', ')}: ${String(error).split('\n').slice(0, 3).join(' ')}`;
  }
  const versionOf = (name: string) =>
    (
      JSON.parse(readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
      }
    ).version;
  return {
    directory,
    versions: {
      pm2: versionOf('pm2'),
      concurrently: versionOf('concurrently'),
      'wait-on': versionOf('wait-on'),
    },
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The same hundred servers for everybody: a folder with their program, and their ports. */
async function servers() {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-hundred-'));
  const program = join(directory, 'server.cjs');
  writeFileSync(program, SERVER);
  const ports = await freePorts(COUNT);
  return { directory, program, ports, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** @returns how long our step takes until each of the hundred has answered 2xx, in ms */
export async function ours(): Promise<number> {
  const { program, ports, dispose } = await servers();
  const fleet = new BenchFleet(
    Object.fromEntries(
      ports.map((port) => [
        `s${port}`,
        {
          'working-directory': '.',
          command: [process.execPath, program, String(port)],
          port,
          health: { http: '/' },
        },
      ]),
    ),
  );
  const durationMs = await fleet.step('start');
  await fleet.dispose();
  dispose();
  return durationMs;
}

/** The least that can be asked of a rival without a question of its own: one GET a server, again until it is 2xx. */
async function untilAllAnswer(ports: readonly number[]): Promise<void> {
  let left = [...ports];
  while (left.length > 0) {
    const asked = await Promise.all(
      left.map((port) =>
        fetch(`http://127.0.0.1:${port}/`).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    );
    left = left.filter((_, index) => asked[index] !== true);
    if (left.length > 0) await sleep(POLL_MS);
  }
}

/** @returns how long pm2 takes from its call, its daemon included, until each of the hundred answers 2xx, in ms */
export async function pm2(rivals: Rivals): Promise<number> {
  const { directory, program, ports, dispose } = await servers();
  const apps = ports.map((port) => ({
    name: `s${port}`,
    script: program,
    args: String(port),
    exec_mode: 'fork',
  }));
  writeFileSync(join(directory, 'ecosystem.json'), JSON.stringify({ apps }));
  const env = { PATH: process.env['PATH'], HOME: directory, PM2_HOME: join(directory, 'pm2') };
  const binary = join(rivals.directory, 'node_modules/pm2/bin/pm2');
  const call = (...args: string[]) => run(process.execPath, [binary, ...args], { cwd: directory, env });
  const started = performance.now();
  const starting = call('start', 'ecosystem.json');
  await untilAllAnswer(ports);
  const durationMs = performance.now() - started;
  await starting;
  await call('kill');
  dispose();
  return durationMs;
}

/** @returns how long concurrently takes from its call until wait-on has seen each of the hundred answer 2xx, in ms */
export async function concurrentlyAndWaitOn(rivals: Rivals): Promise<number> {
  const { directory, program, ports, dispose } = await servers();
  const env = { PATH: process.env['PATH'], HOME: directory };
  const rivalProgram = (name: string, path: string) => join(rivals.directory, 'node_modules', name, path);
  const commands = ports.map((port) => `${process.execPath} ${program} ${port}`);
  const urls = ports.map((port) => `http-get://127.0.0.1:${port}/`);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [rivalProgram('concurrently', 'dist/bin/index.js'), '--raw', ...commands],
    { env, stdio: 'ignore', detached: true },
  );
  const waiting = spawn(process.execPath, [rivalProgram('wait-on', 'bin/wait-on'), ...urls], {
    env,
    stdio: 'ignore',
  });
  // One that ends before its servers answer would be waited for without an end.
  void once(child, 'exit').then(() => waiting.kill());
  const [code] = (await once(waiting, 'exit')) as [number | null];
  const durationMs = performance.now() - started;
  await endGroup(child);
  dispose();
  if (code !== 0) throw new Error(`wait-on ended with ${code ?? 'a signal'}`);
  return durationMs;
}
