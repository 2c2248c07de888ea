// Phase 1: what must hold before anything is touched.
import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import { home } from '../deploy/home.js';
import { hostSeen } from '../deploy/host-status.js';
import { failingPhase, runStep } from '../deploy/step.js';

/** A release with its snapshot of the database needs far less, in bytes. */
const FREE_BYTES = failingPhase === 'prerequisites' ? Number.MAX_SAFE_INTEGER : 200 * 1024 * 1024;

function checkSpace() {
  mkdirSync(home, { recursive: true });
  const { bavail, bsize } = statfsSync(home);
  const free = bavail * bsize;
  if (free < FREE_BYTES) throw new Error(`${home} has ${free} bytes free, a deployment needs ${FREE_BYTES}`);
  process.stdout.write(`${Math.round(free / 1024 / 1024)} MiB are free in ${home}\n`);
}

function checkHost() {
  const host = hostSeen();
  if (!host) throw new Error(`no host follows ${home}: start it with \`npm run host\``);
  process.stdout.write(`the host runs as ${host.pid} with ${host.release || 'no release yet'}\n`);
}

/** What is deployed is what was committed. Outside of a git checkout there is nothing to compare. */
function checkTree() {
  const git = (...args) => spawnSync('git', args, { encoding: 'utf8' });
  if (git('rev-parse', '--is-inside-work-tree').status !== 0) return;
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.').stdout.trim();
  if (changed) throw new Error(`files differ from the commit:\n${changed}`);
  process.stdout.write('the checkout is at its commit\n');
}

await runStep({
  check() {
    checkSpace();
    checkHost();
    checkTree();
  },
});
