import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface KeepRequest {
  readonly root: string;
  readonly example: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

function sophia(request: KeepRequest, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [join(request.root, 'release/cli/index.js'), ...args], {
    cwd: request.example,
    env: request.environment,
    stdio: 'inherit',
    // Its own group: Ctrl-C is for this process, which then stops the fleet in order.
    detached: true,
  });
  return new Promise((done) => child.on('close', done));
}

/** Starts the fleet again at this terminal and keeps it until Ctrl-C. */
export async function keepFleet(request: KeepRequest): Promise<void> {
  const { signal, say } = request;
  const started = await sophia(request, ['mcp', 'start', '--environment', 'production']);
  if (started === 0 && !signal.aborted) {
    say('\nthe fleet runs: `npx sophia mcp status` in examples/sophia shows it; Ctrl-C stops it');
    const alive = setInterval(() => undefined, 1_000);
    await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    clearInterval(alive);
  }
  await sophia(request, ['mcp', 'stop', '--environment', 'production']);
}
