// A program that speaks as much of pulumi as the engine uses, for quick tests: its program is the file program.txt, and
// what it brings up is that text. What the real one prints and how it fails was learned from version 3.259.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { argv, die, flag, openWorld, saveWorld } from './fake-world.ts';

export interface PulumiWorld {
  /** What is up. */
  up: string;
  history: { kind: string; result: string; environment: Record<string, string> }[];
  /** The process that holds the lock, or null. */
  lock: number | null;
}

const world = openWorld<PulumiWorld>();
const directory = flag('cwd') ?? '.';
const [verb, what] = argv;

if (process.env['PULUMI_ACCESS_TOKEN'] !== 'pul-fake-token')
  die('error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions');
if (flag('stack') !== undefined && flag('stack') !== 'dev')
  die(`error: no stack named '${flag('stack')}' found`);

if (verb === 'stack' && what === 'history') print(world.history);
else if (verb === 'stack' && what === 'export') print({ version: 3, deployment: { up: world.up } });
else if (verb === 'stack' && what === 'output') print({ address: world.up, password: '[secret]' });
else if (verb === 'stack' && what === 'init') {
  requireLock();
  die("error: stack 'organization/app/dev' already exists");
} else if (verb === 'preview') process.stdout.write(`Previewing: ${program()}\n`);
else if (verb === 'install') program();
else if (verb === 'up') up();
else if (verb === 'cancel') saveWorld({ ...world, lock: null });
else die(`error: unknown command "${argv.join(' ')}"`);

function program(): string {
  const path = join(directory, 'program.txt');
  if (!existsSync(path)) die('error: no Pulumi.yaml project file found');
  return readFileSync(path, 'utf8').trim();
}

function requireLock(): void {
  if (world.lock !== null)
    die(
      `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n  file:///state/a.json: created by root@${hostname()} (pid ${world.lock}) at 2026-01-01T00:00:00Z`,
    );
}

function up(): void {
  requireLock();
  const text = program();
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }).trim();
  const isBroken = text === 'broken';
  world.up = isBroken ? 'half' : text;
  world.history.unshift({
    kind: 'update',
    result: isBroken ? 'failed' : 'succeeded',
    environment: { 'git.head': head, 'git.dirty': 'false' },
  });
  saveWorld(world);
  process.stdout.write('Diagnostics:\n');
  if (isBroken) process.stdout.write('    error: creating bucket: quota\n');
  process.stdout.write('Duration: 1s\n');
  if (isBroken) process.exit(1);
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value));
}
