// Stands for the production machine: a process outside of any job that runs the backend of the release
// that `current-backend` names, on a fixed port, and starts it anew when the pointer moves or it dies.
// Whoever deploys talks to it through that pointer and over HTTP, as one would to a real machine.
//   SOPHIA_DEMO_HOME=DIR BACKEND_URL=http://127.0.0.1:8788 node host/host.js
import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendUrl, home, places, releaseFolder } from '../deploy/home.js';
import { hostSeen } from '../deploy/host-status.js';
import { pointedRelease } from '../deploy/pointers.js';

/** In ms: how soon a moved pointer is seen, how long a backend may take to stop, the pause after a crash. */
const LOOK_EVERY_MS = 50;
const STOP_WITHIN_MS = 3000;
const CRASH_PAUSE_MS = 500;

/** In ms: how often the host says that it lives. */
const STATUS_EVERY_MS = 500;

/** The backend gets these and nothing else of the host's environment. */
const { PATH, HOME, LANG } = process.env;
const environment = {
  PATH,
  HOME,
  LANG,
  PORT: new URL(backendUrl).port,
  WEB_ROOT: join(home, 'current-frontend', 'frontend'),
};

const say = (text) => process.stdout.write(`${new Date().toISOString()} ${text}\n`);

const NOTHING = { release: '', child: undefined, notBefore: 0 };
let running = NOTHING;
let stopping = false;
let notedAt = 0;

/** Says in a file that the host lives: written whole and renamed, so that nobody reads half of it. */
function noteStatus() {
  if (Date.now() - notedAt < STATUS_EVERY_MS) return;
  notedAt = Date.now();
  const { release, child } = running;
  const status = {
    pid: process.pid,
    backend: child?.pid ?? null,
    release,
    seenAt: new Date(notedAt).toISOString(),
  };
  writeFileSync(`${places.hostStatus}.next`, JSON.stringify(status));
  renameSync(`${places.hostStatus}.next`, places.hostStatus);
}

function start(release) {
  if (release === '') return;
  const folder = releaseFolder(release);
  // The backend ends when this pipe does, so that a killed host leaves nothing behind.
  const stdio = ['pipe', 'inherit', 'inherit'];
  const child = spawn(process.execPath, [join(folder, 'backend', 'server.mjs')], {
    cwd: folder,
    env: environment,
    stdio,
  });
  const ended = (how) => {
    say(`${release} ended (${how})`);
    if (running.child === child) running = { ...NOTHING, notBefore: Date.now() + CRASH_PAUSE_MS };
  };
  child.on('error', (error) => ended(error.message)); // it never started
  child.on('exit', (code, signal) => ended(signal ?? code));
  running = { ...NOTHING, release, child };
  say(`${release} started as ${child.pid}`);
}

async function stopBackend() {
  const { child } = running;
  running = NOTHING;
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(late);
}

async function followPointer() {
  const wanted = pointedRelease('backend');
  if (wanted === running.release || Date.now() < running.notBefore) return;
  await stopBackend();
  start(wanted);
}

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (stopping = true));

// `--tethered`: whoever started the host holds its input open, and the host ends when that does.
if (process.argv.includes('--tethered')) process.stdin.resume().on('close', () => (stopping = true));

if (hostSeen()) {
  process.stderr.write(
    `error: another host already follows ${home}\n  hint: stop it, or set SOPHIA_DEMO_HOME to another folder\n`,
  );
  process.exit(1);
}
mkdirSync(home, { recursive: true });
say(`the host follows ${home} and serves ${backendUrl}`);
while (!stopping) {
  await followPointer();
  noteStatus();
  await sleep(LOOK_EVERY_MS);
}
await stopBackend();
rmSync(places.hostStatus, { force: true });
say('the host has stopped');
