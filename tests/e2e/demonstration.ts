import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const out = join(root, 'out/demo');

/** Where the demonstrations of these tests work: by it their processes are told from those of another run. */
const temporary = mkdtempSync(join(tmpdir(), 'demo-'));

export interface DemonstrationRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly durationMs: number;
}

/** Runs `npm start -- ARGS` as a newcomer would; `onOutput` sees everything so far, and may signal it. */
export function runDemonstration(
  args: readonly string[],
  onOutput: (output: string, signal: (name: NodeJS.Signals) => void) => void = () => undefined,
): Promise<DemonstrationRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'scripts/start.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    onOutput(output, (name) => child.kill(name));
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((done) =>
    child.on('close', (exitCode) => done({ exitCode, output, durationMs: performance.now() - started })),
  );
}

/** Everything that runs out of this repository or its demonstrations, by pid: what a run must not leave behind. */
export function ownProcesses(): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const cwd = readlinkSync(`/proc/${name}/cwd`);
      const isOurs = [out, join(root, 'examples/sophia'), temporary].some(
        (path) => command.includes(path) || cwd.startsWith(path),
      );
      if (isOurs) found.set(Number(name), command);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
