import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

import { escValues } from './esc-environments.ts';

interface KeepRequest {
  readonly root: string;
  readonly example: string;
  /** The environment whose fleet it is. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What the jobs get from setup-node and esc-setup: the Node of the workflow, and the secrets of three servers. */
function fleetEnvironment({ example, name, environment }: KeepRequest): Record<string, string> {
  const values = escValues(join(example, 'esc'), name);
  const token = (section: string, key: string) => String((values[section] as Record<string, unknown>)[key]);
  return {
    ...environment,
    PATH: [dirname(process.execPath), environment['PATH']].join(delimiter),
    ASANA_ACCESS_TOKEN: token('asana', 'access_token'),
    CODACY_ACCOUNT_TOKEN: token('codacy', 'account_token'),
    PRIVATE_APP_ACCESS_TOKEN: token('hubspot', 'private_app_access_token'),
  };
}

function sophia(request: KeepRequest, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [join(request.root, 'release/cli/index.js'), ...args], {
    cwd: request.example,
    env: fleetEnvironment(request),
    stdio: 'inherit',
    // Its own group: Ctrl-C is for this process, which then stops the fleet in order.
    detached: true,
  });
  return new Promise((done) => child.on('close', done));
}

/** Starts the fleet again at this terminal and keeps it until Ctrl-C. */
export async function keepFleet(request: KeepRequest): Promise<void> {
  const { signal, say, name } = request;
  const started = await sophia(request, ['mcp', 'start', '--environment', name]);
  if (started === 0 && !signal.aborted) {
    say(
      `\nthe fleet runs: "sophia mcp status --environment ${name}" in examples/sophia shows it; Ctrl-C stops it`,
    );
    const alive = setInterval(() => undefined, 1_000);
    await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    clearInterval(alive);
  }
  await sophia(request, ['mcp', 'stop', '--environment', name]);
}
