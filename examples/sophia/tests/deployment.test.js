// The steps of the deployment against a real host: forward, and back to the release before.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TOKEN } from './fixtures.js';

const root = fileURLToPath(new URL('..', import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A machine of its own; `step` runs one program of scripts/ as a deployment's step would be. */
async function startMachine(t) {
  const home = mkdtempSync(join(tmpdir(), 'sophia-example-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const { PATH, HOME } = process.env;
  const base = { PATH, HOME, SOPHIA_DEMO_HOME: home, BACKEND_URL: url, BACKEND_API_TOKEN: TOKEN };
  const step = (script, command, variables = {}) =>
    new Promise((resolve) => {
      const options = { cwd: root, env: { ...base, ...variables } };
      execFile(process.execPath, [`scripts/${script}.js`, command], options, (error, stdout, stderr) =>
        resolve({ ok: error === null, output: stdout + stderr }),
      );
    });
  const host = spawn(process.execPath, ['host/host.js'], { cwd: root, env: base, stdio: 'ignore' });
  const ended = new Promise((resolve) => host.once('exit', resolve));
  t.after(async () => {
    host.kill('SIGTERM');
    await ended;
    // Only now: a host that lives still writes into its folder.
    rmSync(home, { recursive: true, force: true });
  });
  return { home, url, step, host, ended };
}

const health = async (url) => {
  const response = await fetch(`${url}/health`).catch(() => undefined);
  return response === undefined ? undefined : response.json();
};

async function until(what, holds) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail(`never: ${what}`);
}

async function run(machine, steps, variables) {
  for (const [script, command] of steps) {
    const { ok, output } = await machine.step(script, command, variables);
    assert.ok(ok, `${script} ${command}: ${output}`);
  }
}

const FORWARD = [
  ['release', 'create'],
  ['backend', 'build'],
  ['database', 'up'],
  ['backend', 'switch'],
  ['backend', 'healthy'],
  ['frontend', 'build'],
  ['frontend', 'publish'],
  ['frontend', 'check'],
];

const BACK = [
  ['frontend', 'restore'],
  ['backend', 'restore'],
  ['database', 'down'],
  ['release', 'remove'],
];

test('a release goes forward on the host, and comes back to the one before', async (t) => {
  const machine = await startMachine(t);
  assert.ok((await machine.step('seed-release', 'old')).ok);
  await until('the old release answers', async () => (await health(machine.url))?.release === 'old');
  assert.equal((await health(machine.url)).schema, 2);

  await run(machine, FORWARD, { SOPHIA_DEPLOYMENT_ID: 'new' });
  const { release, schema, notes } = await health(machine.url);
  assert.deepEqual({ release, schema, notes }, { release: 'new', schema: 3, notes: 3 });
  assert.ok(!readFileSync(join(machine.home, 'releases/new/release.json'), 'utf8').includes(TOKEN));

  await run(machine, BACK, {
    SOPHIA_OUTPUT_FRONTEND_PUBLISH_PREVIOUS: 'old',
    SOPHIA_OUTPUT_BACKEND_SWITCH_PREVIOUS: 'old',
    SOPHIA_OUTPUT_BACKEND_MIGRATE_RELEASE: 'new',
    SOPHIA_OUTPUT_BACKEND_MIGRATE_VERSION: '2',
    SOPHIA_OUTPUT_INFRASTRUCTURE_RELEASE_ID: 'new',
  });
  assert.deepEqual(await health(machine.url), { status: 'ok', release: 'old', schema: 2, notes: 3 });
  assert.ok(!existsSync(join(machine.home, 'releases/new')));
});

test('the first release comes back to an empty host', async (t) => {
  const machine = await startMachine(t);
  await run(machine, FORWARD, { SOPHIA_DEPLOYMENT_ID: 'first' });
  await run(machine, BACK, {
    SOPHIA_OUTPUT_FRONTEND_PUBLISH_PREVIOUS: '',
    SOPHIA_OUTPUT_BACKEND_SWITCH_PREVIOUS: '',
    SOPHIA_OUTPUT_BACKEND_MIGRATE_RELEASE: 'first',
    SOPHIA_OUTPUT_BACKEND_MIGRATE_VERSION: '0',
    SOPHIA_OUTPUT_INFRASTRUCTURE_RELEASE_ID: 'first',
  });
  await until('nobody answers', async () => (await health(machine.url)) === undefined);
});

test('a release with a wrong setting fails its health step with the reason', async (t) => {
  const machine = await startMachine(t);
  const variables = { SOPHIA_DEPLOYMENT_ID: 'wrong', SOPHIA_DEMO_FAIL: 'backend' };
  await run(machine, FORWARD.slice(0, 4), variables);
  const { ok, output } = await machine.step('backend', 'healthy', variables);
  assert.equal(ok, false);
  assert.match(output, /^error: release wrong is not healthy .*503.*wrong-folder/);
});

test('a release in use is not removed, and an id that leads elsewhere is refused', async (t) => {
  const machine = await startMachine(t);
  assert.ok((await machine.step('seed-release', 'old')).ok);
  const remove = (id) => machine.step('release', 'remove', { SOPHIA_OUTPUT_INFRASTRUCTURE_RELEASE_ID: id });
  assert.match((await remove('old')).output, /still in use/);
  for (const id of ['..', '../shared', '', 'a/b'])
    assert.match((await remove(id)).output, /is no release id/);
});

test('a backend that dies is started again, and ends with its host', async (t) => {
  const machine = await startMachine(t);
  await machine.step('seed-release', 'old');
  const status = () => JSON.parse(readFileSync(join(machine.home, 'host.json'), 'utf8'));
  await until('the release answers', () => health(machine.url));
  await until('the host names its backend', () => status().backend !== null);
  const { backend } = status();
  process.kill(backend, 'SIGKILL');
  await until(
    'another process answers',
    async () => status().backend !== backend && (await health(machine.url)),
  );
  machine.host.kill('SIGKILL');
  await machine.ended;
  await until('nobody answers', async () => (await health(machine.url)) === undefined);
});

test('a pointer to a release that is not there does not hold the host up', async (t) => {
  const machine = await startMachine(t);
  symlinkSync('releases/missing', join(machine.home, 'current-backend'));
  await sleep(200);
  rmSync(join(machine.home, 'current-backend'));
  await machine.step('seed-release', 'old');
  await until('the release answers', async () => (await health(machine.url))?.release === 'old');
});

test('one host follows a folder: a second is refused while the first lives, and not after it was killed', async (t) => {
  const machine = await startMachine(t);
  const { PATH } = process.env;
  const env = { PATH, SOPHIA_DEMO_HOME: machine.home, BACKEND_URL: machine.url };
  await until('the host says that it lives', () => existsSync(join(machine.home, 'host.json')));
  const second = spawn(process.execPath, ['host/host.js'], { cwd: root, env, stdio: 'ignore' });
  assert.equal(await new Promise((resolve) => second.once('exit', resolve)), 1);
  assert.ok((await machine.step('prerequisites', 'check')).output.includes('the host runs as'));
  machine.host.kill('SIGKILL');
  await machine.ended;
  assert.match((await machine.step('prerequisites', 'check')).output, /no host follows/);
});
