// `node examples/canary/demo.mjs`: release 1 serves; release 2 becomes a canary and gets all traffic; release 3 becomes
// a canary, its users see errors, and all traffic goes back to release 2. Everything runs for real, on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const directory = mkdtempSync(join(tmpdir(), 'canary-'));
cpSync(here, directory, { recursive: true });
writeFileSync(join(directory, 'traffic.json'), JSON.stringify({ stable: '1', canary: '', weight: 0 }));

const production = spawn(process.execPath, ['production.mjs'], {
  cwd: directory,
  env: { ...process.env, PORT: '0', ENDS_WITH_STDIN: '1' },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [line] = await production.stdout.take(1).toArray();
const PRODUCTION_URL = /http:\S+/.exec(String(line))[0];
const run = (args, env = {}) =>
  spawnSync(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, PRODUCTION_URL, ...env },
    stdio: 'inherit',
  }).status;
const measure = (title) => {
  console.log(`\n${title}`);
  run(['measure.mjs']);
};
const deploy = (release) => {
  console.log(`\nsophia deploy, with release ${release}`);
  // `npm start` has built it already, and says where.
  const sophia = process.env.SOPHIA_PROGRAM ?? join(here, '../../bin/sophia.mjs');
  return run([sophia, 'deploy', '--deployment-id', `release-${release}`], { RELEASE: release });
};

measure('before');
const second = deploy('2');
measure('after release 2');
const third = deploy('3');
measure('after release 3, rolled back');
production.stdin.end();
rmSync(directory, { recursive: true });
// The second release must arrive, and the third must not.
process.exitCode = second === 0 && third === 1 ? 0 : 1;
