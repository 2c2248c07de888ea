import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { pidsWith } from './pids-with.ts';
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
  return { directory, tracking, run, report, left: () => pidsWith(`RUNNER_TRACKING_ID=${tracking}`) };
}

/** Waits until something holds. */
export async function until(condition: () => boolean, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not become true in time');
    await new Promise((done) => setTimeout(done, 50));
  }
}
