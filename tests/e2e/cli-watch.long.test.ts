// A watch may run for days: nothing of a round may stay behind.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { programPath } from './run-bundle.ts';

const ROUNDS = 20;
/** Until then modules are loaded, and caches and connections opened. */
const SETTLED = 4;

test('twenty rounds leave no socket, file or listener behind', async () => {
  const server = createServer((_, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const cwd = mkdtempSync(join(tmpdir(), 'sophia watch '));
  mkdirSync(join(cwd, '.github'));
  const names = Array.from({ length: 12 }, (_, index) => `check-${index}`);
  const checks = names.map((name) => `  ${name}: { kind: http, url: "http://127.0.0.1:${port}/" }`);
  writeFileSync(join(cwd, '.github/sophia.yml'), `checks:\n${checks.join('\n')}\n`);
  const child = spawn(process.execPath, [programPath('cli/index.js'), 'gate', '--watch', '1s', '--json'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A pause follows each round, so what is open is counted while nothing runs.
  const open: number[] = [];
  await new Promise<void>((done) => {
    child.on('close', () => done());
    child.stdout.on('data', (chunk: Buffer) => {
      const ends = chunk.toString().split('\n').length - 1;
      for (let end = 0; end < ends; end += 1) open.push(readdirSync(`/proc/${child.pid}/fd`).length);
      if (open.length >= ROUNDS) child.kill('SIGINT');
    });
  });
  server.close();
  expect(open.length).toBeGreaterThanOrEqual(ROUNDS);
  expect(Math.max(...open.slice(SETTLED))).toBeLessThanOrEqual(Math.max(...open.slice(0, SETTLED)));
  expect(stderr).not.toContain('MaxListeners');
}, 120_000);
