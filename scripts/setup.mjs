// Sets up what every root command needs, with npm alone: pnpm's packages and a Node 24 to run them.
// A second call finds all in place and returns at once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// The `packageManager` field makes a frozen install fail with this pnpm, so the pin is a value of our own.
const PNPM = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).config.pnpm;
const NODE = '24.21.0';
const tools = join(root, '.tools');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Ends the command with a message that says what to do; set-up problems never show a stack trace. */
export function stop(message, hint) {
  process.stderr.write(`\nerror: ${message}\n  hint: ${hint}\n`);
  process.exit(1);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.error?.code === 'ENOENT') {
    stop(`\`${command}\` was not found`, `install it and run the command again; Node 20 or later brings npm`);
  }
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}

/** Ends the command where a program is missing. */
export function requireProgram(name, hint) {
  const { error, status } = spawnSync(name, ['--version'], { stdio: 'ignore' });
  if (error || status !== 0) stop(`\`${name}\` does not work here`, hint);
}

/** The words that run pnpm at its pinned version. */
export const pnpmCommand = (...args) => [npm, 'exec', '--yes', `--package=${PNPM}`, '--', 'pnpm', ...args];

const networkHint =
  'set-up fetches packages from the npm registry: check the network or the proxy, then run the command again; nothing is half-installed';

function lastLines(output) {
  return output.trim().split('\n').slice(-12).join('\n');
}

/**
 * The fingerprint of all that decides the installed tree. Not the Node that runs: install scripts are off, so nothing
 * is compiled for it; what is native comes compiled, chosen by platform, and each such package takes every Node from
 * 20 on (tests/e2e/set-up.test.ts).
 */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${PNPM}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)));
  for (const group of ['packages', 'actions', 'tests']) {
    for (const name of readdirSync(join(root, group)).sort()) {
      const file = join(root, group, name, 'package.json');
      if (existsSync(file)) hash.update(name).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function installPackages() {
  const stamp = join(tools, 'installed');
  const wanted = fingerprint();
  if (
    existsSync(join(root, 'node_modules', '.pnpm')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wanted
  )
    return;
  process.stderr.write('set-up: installing packages ...\n');
  const [command, ...args] = pnpmCommand('install', '--frozen-lockfile', '--ignore-scripts');
  const result = run(command, args, root);
  if (!result.ok) stop(`the packages could not be installed\n${lastLines(result.output)}`, networkHint);
  mkdirSync(tools, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The path of a Node of that version, from npm's packages of Node where this machine runs another. */
function nodeBinary(version) {
  const major = Number(version.split('.')[0]);
  const running = Number(process.versions.node.split('.')[0]);
  if (running === major) return process.execPath;
  const home = join(tools, `node-${version}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  process.stderr.write(`set-up: fetching Node ${version} ...\n`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  const result = run(
    npm,
    [
      'install',
      '--prefix',
      home,
      '--ignore-scripts',
      '--no-save',
      '--no-audit',
      '--no-fund',
      `${name}@${version}`,
    ],
    home,
  );
  if (!result.ok || !existsSync(binary)) {
    stop(
      `Node ${version} could not be fetched\n${lastLines(result.output)}`,
      `${networkHint}; or install Node ${major} yourself and use it`,
    );
  }
  return binary;
}

/** Node 24, on which everything here runs; the machine's own if that is 24. */
export const node24 = () => nodeBinary(NODE);

/** Node 20, the oldest on which the bundles must start. */
export const node20 = () => nodeBinary('20.20.2');

/** @returns {string} the Node to run the project with, after everything is installed */
export function setUp() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) stop(`Node ${process.versions.node} is too old`, 'install Node 20 or later');
  if (!run('git', ['--version'], root).ok)
    stop('`git` does not work here', 'install git and run the command again');
  installPackages();
  return node24();
}

/** Runs a program with this terminal and resolves to its exit code; Ctrl-C reaches it through the terminal. */
export function runHere(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) stop(`${command}: ${result.error.message}`, 'run the command again');
  return result.signal ? 130 : result.status;
}
