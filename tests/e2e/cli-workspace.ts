// What tests of the command line share.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from '@jest/globals';

import { programPath } from './run-bundle.ts';

/** How the CLI ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @returns a new folder */
export const folder = () => mkdtempSync(join(tmpdir(), 'sophia cli ')); // with a space, as home folders have them

/** Runs the bundled CLI as `npx sophia` does. */
export function sophia(
  args: readonly string[],
  cwd: string,
  variables: Record<string, string> = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [programPath('cli/index.js'), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.on('close', (exitCode) => done({ exitCode, stdout, stderr })));
}

/** @returns a new folder with this configuration */
export const configured = (text: string) => {
  const cwd = folder();
  mkdirSync(join(cwd, '.github'));
  writeFileSync(join(cwd, '.github/sophia.yml'), text);
  return cwd;
};

/** @returns a server for one test file whose `/up` answers 200, anything else 503; closed after the last test */
export function upAndDown(): { readonly url: string } {
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/up' ? 200 : 503).end('{"status":"ok"}'),
  );
  beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
  afterAll(() => {
    server.close();
  });
  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
}
