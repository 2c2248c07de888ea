import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { parseConfig } from '@sophia/core/config/parse-config';
import type { Report } from '@sophia/core/report/envelope';
import { quietSession } from '@sophia/runtime/gate/gate.fixture';
import { runGate } from '@sophia/runtime/gate/gate';
import { startMcpServer } from '@sophia/runtime/gate/mcp-server.fixture';
import { startServices, variablesOf } from '@sophia/standins/all-services';
import { startEcho } from '@sophia/standins/echo';

import { median, smallest } from './measure.ts';
import type { Benchmark, Figure } from './measure.ts';

const CHECKS = 1_000;
const CONCURRENCY = 64;
const ROUNDS = 15;
const WARM_UP = 3;
const RUNS = 5;
const SLOWEST_MS = 600;

const bundle = join(import.meta.dirname, '../release/health-gate/dist/index.js');

/** The least that anybody does: the same number of workers, each asking until there is nothing left to ask. */
async function bareLoop(url: string): Promise<void> {
  let asked = 0;
  const worker = async () => {
    while (asked < CHECKS) {
      asked += 1;
      await (await fetch(url)).text();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function manyFigures(): Promise<readonly Figure[]> {
  const server = new Worker(join(import.meta.dirname, 'loopback-server.ts'));
  const [port] = (await once(server, 'message')) as [number];
  const url = `http://127.0.0.1:${port}/health`;
  const checks = Array.from({ length: CHECKS }, (_, index) => [`c${index}`, { kind: 'http', url }]);
  const config = parseConfig({
    text: JSON.stringify({
      version: 1,
      gate: { concurrency: CONCURRENCY, canaries: [] },
      checks: Object.fromEntries(checks),
    }),
    ...{ file: 'sophia.yml', environment: '', deploymentId: 'bench', nowMs: 0, variables: {} },
    sections: ['checks', 'gate', 'secrets', 'mcp'],
  });
  const session = quietSession();
  const gate = async () => {
    const { verdict } = await runGate({ config, names: 'all', session });
    if (verdict.status !== 'success') throw new Error(verdict.summary);
  };
  const rounds: { bare: number; gate: number }[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    rounds.push({ bare: await msOf(() => bareLoop(url)), gate: await msOf(gate) });
  }
  await server.terminate();
  const warm = rounds.slice(WARM_UP);
  const [bare, own] = [median(warm.map((round) => round.bare)), median(warm.map((round) => round.gate))];
  return [
    { name: `${CHECKS} requests by a bare loop of fetch`, value: bare, unit: 'ms' },
    { name: `${CHECKS} http checks over that loop`, value: own / bare, unit: 'x', limit: 1.3 },
  ];
}

interface Run {
  /** From the start of the process to the start of its first check. */
  readonly beforeMs: number;
  /** From the start of its first check to the end of the process, less its slowest check. */
  readonly overMs: number;
}

/** Runs the bundle in a folder of its own, and reads its times off its report. */
async function runBundle(inline: string, variables: Record<string, string>): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  const env = { PATH: process.env['PATH'], HOME: directory, ...variables, 'INPUT_CONFIG-INLINE': inline };
  const startedAtMs = Date.now();
  const child = spawn(process.execPath, [bundle], { cwd: directory, env, stdio: 'ignore' });
  const [exitCode] = (await once(child, 'close')) as [number];
  const endedAtMs = Date.now();
  const report = JSON.parse(readFileSync(join(directory, 'health_gate_report.json'), 'utf8')) as Report;
  rmSync(directory, { recursive: true });
  if (exitCode !== 0) throw new Error(report.summary);
  const firstAtMs = smallest(report.items.map(({ details }) => Number(details['startedAtMs'])));
  const slowestMs = Math.max(...report.items.map(({ durationMs }) => durationMs));
  return { beforeMs: firstAtMs - startedAtMs, overMs: endedAtMs - firstAtMs - slowestMs };
}

async function repeat(work: () => Promise<Run>): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await work());
  return runs;
}

async function startDocker(directory: string) {
  const path = join(directory, 'docker.sock');
  const server = createServer((_request, response) => response.end('OK')).listen(path);
  await once(server, 'listening');
  return { url: `unix://${path}`, close: async () => void server.close() };
}

const startAll = async (directory: string) => ({
  ...(await startServices()),
  echo: await startEcho(),
  mcp: await startMcpServer(['remember']),
  docker: await startDocker(directory),
});

const KEYLESS = ['openai', 'anthropic', 'pinecone', 'snowflake', 'gong', 'vercel', 'pulumi', 'docker'];

async function kindsFigures(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  const services = await startAll(directory);
  const checks = {
    ...Object.fromEntries(KEYLESS.map((kind) => [kind, { kind }])),
    page: { kind: 'http', url: `${services.echo.url}/health` },
    port: { kind: 'tcp', host: '127.0.0.1', port: services.echo.port },
    name: { kind: 'dns', host: 'localhost' },
    tools: { kind: 'mcp', url: services.mcp.url },
  };
  services.echo.fail('slow', { path: '/health', delayMs: SLOWEST_MS });
  const inline = JSON.stringify({ version: 1, gate: { canaries: [] }, checks });
  const credentials = { SNOWFLAKE_TOKEN: 'pat-fake', DOCKER_HOST: services.docker.url };
  const runs = await repeat(() => runBundle(inline, { ...variablesOf(services), ...credentials }));
  services.echo.recover();
  const page = { version: 1, checks: { page: checks.page } };
  const plain = await repeat(() => runBundle(JSON.stringify(page), {}));
  await Promise.all(Object.values(services).map((service) => service.close()));
  rmSync(directory, { recursive: true });
  const count = Object.keys(checks).length;
  return [
    {
      name: `${count} kinds: start, and import of their SDKs`,
      value: smallest(runs.map(({ beforeMs }) => beforeMs)),
      unit: 'ms',
    },
    {
      name: `${count} kinds: then, over the slowest (${SLOWEST_MS} ms)`,
      value: smallest(runs.map(({ overMs }) => overMs)),
      unit: 'ms',
      limit: 150,
    },
    {
      name: 'only http: start, until its check starts',
      value: smallest(plain.map(({ beforeMs }) => beforeMs)),
      unit: 'ms',
    },
    {
      name: 'only http: then, over the check',
      value: smallest(plain.map(({ overMs }) => overMs)),
      unit: 'ms',
    },
  ];
}

/** What the gate costs over the services that it asks. */
export const benchmark: Benchmark = {
  title: 'The gate over loopback stand-ins (medians of interleaved rounds; bundles: minimum of 5 runs)',
  run: async () => [...(await manyFigures()), ...(await kindsFigures())],
};
