import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { SophiaError } from '@sophia/core/errors';

/** The machine that the demonstration deploys to: a process outside of all jobs. */
export interface ProductionHost {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What its health endpoint answers now. */
  readonly health: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

interface HostRequest {
  readonly exampleDirectory: string;
  readonly home: string;
  readonly environment: string;
  readonly apiToken: string;
  readonly logFile: string;
}

const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 5_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function health(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
    return `${response.status} ${(await response.text()).trim()}`;
  } catch {
    return 'no answer';
  }
}

async function waitUntilHealthy(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (performance.now() < end && child.exitCode === null) {
    if ((await health(url)).startsWith('200')) return;
    await sleep(50);
  }
  throw new SophiaError('environment', {
    message: 'the release before the first deployment does not answer',
    hint: `read ${logFile}`,
  });
}

function seed(request: HostRequest, variables: NodeJS.ProcessEnv): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/seed-release.js'], {
    cwd: request.exampleDirectory,
    env: variables,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new SophiaError('environment', {
      message: `the release before the first deployment could not be made: ${stderr.trim().split('\n').slice(-3).join(' ')}`,
      hint: 'run `npm start` again; if it stays, remove out/demo',
    });
  }
}

/** Makes the release that is there before the first deployment, and starts the host that runs it. */
export async function startProductionHost(request: HostRequest): Promise<ProductionHost> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const environment = { SOPHIA_DEMO_HOME: request.home, BACKEND_URL: url };
  const { PATH, HOME, LANG } = process.env;
  const variables = {
    ...{ PATH, HOME, LANG, ...environment },
    SOPHIA_ENVIRONMENT: request.environment,
    BACKEND_API_TOKEN: request.apiToken,
    NODE_NO_WARNINGS: '1',
  };
  seed(request, variables);
  // A group of its own, so that Ctrl-C ends the workflow first and the host after it.
  const child = spawn(process.execPath, ['host/host.js', '--tethered'], {
    cwd: request.exampleDirectory,
    env: variables,
    detached: true,
    // Its input closes when this process ends, however that happens, and the host ends with it.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log = createWriteStream(request.logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await new Promise((done) => child.once('close', done));
      clearTimeout(late);
    }
    log.end();
  };
  try {
    await waitUntilHealthy(url, child, request.logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, environment, health: () => health(url), stop };
}
