import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface CanaryRequest {
  readonly root: string;
  /** Where it keeps its files while it runs. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * The last part of the demonstration: `examples/canary`, where one release becomes a canary and gets all traffic, and
 * the next one fails its analysis and is rolled back.
 *
 * @returns true where both ended so
 */
export async function showCanary({ root, directory, environment, signal }: CanaryRequest): Promise<boolean> {
  mkdirSync(directory, { recursive: true });
  const child = spawn(process.execPath, [join(root, 'examples/canary/demo.mjs')], {
    cwd: root,
    env: { ...environment, TMPDIR: directory, SOPHIA_PROGRAM: join(root, 'release/cli/index.js') },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Its own group, so that all of it can be ended.
    detached: true,
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  signal.removeEventListener('abort', end);
  rmSync(directory, { recursive: true, force: true });
  return code === 0;
}
