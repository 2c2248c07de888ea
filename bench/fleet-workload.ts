import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readRecord } from '@sophia/runtime/fleet/state-file';

const bundle = join(import.meta.dirname, '../release/mcp-orchestrate/dist/index.js');
const modules = join(import.meta.dirname, '../packages/runtime/node_modules');
const everything = join(modules, '@modelcontextprotocol/server-everything/dist/index.js');
const memory = join(modules, '@modelcontextprotocol/server-memory/dist/index.js');
const gateway = join(modules, 'supergateway/dist/index.js');
const node = process.execPath;

/** The kinds of real servers that a fleet is made of. */
export const KINDS = ['stdio', 'http', 'sse', 'bridge'] as const;
export type Kind = (typeof KINDS)[number];

/** @returns how a server of a kind is started and proven, as the configuration says it. */
export function serverOf(kind: Kind, port: number) {
  const here = { 'working-directory': '.' };
  switch (kind) {
    case 'stdio':
      return { ...here, command: [node, memory], health: { stdio: true } };
    case 'http':
      return { ...here, command: [node, everything, 'streamableHttp'], port, health: { mcp: '/mcp' } };
    case 'sse':
      return { ...here, command: [node, everything, 'sse'], port, health: { sse: '/sse' } };
    case 'bridge': {
      const behind = ['--stdio', `${node} ${memory}`, '--outputTransport', 'streamableHttp', '--stateful'];
      const command = [node, gateway, ...behind, '--port', String(port), '--logLevel', 'none'];
      return { ...here, command, port, health: { mcp: '/mcp' } };
    }
  }
}

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  },
});
const POLL_MS = 10;

async function answers(kind: Kind, port: number): Promise<boolean> {
  const path = kind === 'sse' ? '/sse' : '/mcp';
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const request = kind === 'sse' ? {} : { method: 'POST', headers, body: INITIALIZE };
  const stop = new AbortController();
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...request, signal: stop.signal });
    // Its first word, not only its headers: a bridge answers when what it bridges to has answered.
    await response.body?.getReader().read();
    return response.ok;
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}

/** @returns how long a server takes from its spawn to its first answer with nobody around it, in ms */
export async function ownStartMs(kind: Kind, port: number): Promise<number> {
  const [program = '', ...args] = serverOf(kind, port).command;
  const started = performance.now();
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: [kind === 'stdio' ? 'pipe' : 'ignore', kind === 'stdio' ? 'pipe' : 'ignore', 'ignore'],
    detached: true,
  });
  if (kind === 'stdio') {
    child.stdin?.write(`${INITIALIZE}\n`);
    if (child.stdout !== null) await once(child.stdout, 'data');
  } else {
    while (!(await answers(kind, port))) await sleep(POLL_MS);
  }
  const durationMs = performance.now() - started;
  await endGroup(child);
  return durationMs;
}

/** Ends a process that was started detached, with all of its group. */
export async function endGroup(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  await ended;
}

/** A change of a server's state, as the fleet's own log of events has it. */
export interface Change {
  readonly time: string;
  readonly server: string;
  readonly to: string;
}

/** A fleet of the built bundle, in a folder of its own. */
export class BenchFleet {
  readonly directory = mkdtempSync(join(tmpdir(), 'sophia-bench-'));
  private readonly config: string;

  constructor(servers: Readonly<Record<string, unknown>>) {
    this.config = JSON.stringify({ version: 1, mcp: { servers, 'start-timeout': '10m' } });
  }

  /** Runs one step and waits for its end. @returns its duration in ms */
  async step(mode: 'start' | 'stop'): Promise<number> {
    const started = performance.now();
    const child = spawn(node, [bundle], {
      cwd: this.directory,
      env: {
        PATH: process.env['PATH'],
        HOME: this.directory,
        RUNNER_TEMP: this.directory,
        INPUT_MODE: mode,
        'INPUT_CONFIG-INLINE': this.config,
        'INPUT_UPLOAD-ARTIFACT': 'false',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the fleet did not ${mode}: ${said.slice(-2_000)}`);
    return performance.now() - started;
  }

  /** The record of the fleet: its mark, its supervisor, its servers. */
  record() {
    const record = readRecord(this.stateDirectory());
    if (record === undefined) throw new Error('the fleet has no record');
    return record;
  }

  /** Waits until a server has come to a state. @returns when, in ms since 1970 */
  async reached(server: string, state: string, sinceMs: number): Promise<number> {
    for (;;) {
      const lines = readFileSync(join(this.stateDirectory(), 'events.jsonl'), 'utf8').trim().split('\n');
      const changes = lines.map((line) => JSON.parse(line) as Change);
      const found = changes.find(
        (change) => change.server === server && change.to === state && Date.parse(change.time) >= sinceMs,
      );
      if (found !== undefined) return Date.parse(found.time);
      await sleep(POLL_MS * 5);
    }
  }

  /** Stops the fleet and removes its folder. */
  async dispose(): Promise<void> {
    await this.step('stop');
    rmSync(this.directory, { recursive: true, force: true });
  }

  private stateDirectory(): string {
    const name = readdirSync(this.directory).find((entry) => entry.startsWith('sophia-fleet-'));
    return join(this.directory, name ?? '');
  }
}
