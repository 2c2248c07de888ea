import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { runBundle } from './run-bundle.ts';
import type { BundleRequest } from './run-bundle.ts';

const modules = resolve(import.meta.dirname, '../../packages/runtime/node_modules');

/** Real servers, as their packages bring them. */
export const everything = join(modules, '@modelcontextprotocol/server-everything/dist/index.js');
export const memory = join(modules, '@modelcontextprotocol/server-memory/dist/index.js');
export const bridge = join(modules, 'supergateway/dist/index.js');
/** A small server that misbehaves by flags. */
export const misbehaving = resolve(
  import.meta.dirname,
  '../../packages/runtime/src/fleet/fixtures/server.mjs',
);

/** Ports that are free now; taken together, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** @returns a port that is free now. */
export const freePort = async () => (await freePorts(1))[0] ?? 0;

/** Pids of everything that runs with this variable. */
export const marked = (variable: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
      } catch {
        return false;
      }
    });

/** A job: one workspace, one RUNNER_TEMP, one tracking id for all of its steps. */
export async function startJob(config: unknown, temp?: string) {
  const base = await mkdtemp(join(tmpdir(), 'sophia-job-'));
  const directory = join(base, 'workspace');
  await mkdir(directory);
  const tracking = `github_${base.slice(-6)}`;
  const run = (request: Omit<BundleRequest, 'action'>) =>
    runBundle({
      action: 'mcp-orchestrate',
      directory,
      ...request,
      inputs: {
        'upload-artifact': 'false',
        ...(config === undefined ? {} : { 'config-inline': JSON.stringify(config) }),
        ...request.inputs,
      },
      variables: {
        RUNNER_TEMP: temp ?? join(base, 'temp'),
        RUNNER_TRACKING_ID: tracking,
        HOME: base,
        ...request.variables,
      },
    });
  const report = async () => JSON.parse(await readFile(join(directory, 'mcp_status_report.json'), 'utf8'));
  return { directory, tracking, run, report, left: () => marked(`RUNNER_TRACKING_ID=${tracking}`) };
}

/** Waits until something holds. */
export async function until(condition: () => boolean, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not become true in time');
    await new Promise((done) => setTimeout(done, 50));
  }
}
