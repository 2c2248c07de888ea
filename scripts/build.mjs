// Writes `release/`: the tree that a release commits and that every test, the demonstration and the local runner use.
// `node scripts/build.mjs [name ...]` builds only these bundles; what has not changed is not built again.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { writeLicences } from './licences.mjs';
import { node20, root, setUp, stop } from './setup.mjs';

export const release = join(root, 'release');
const TARGET = 'es2022';
export const ACTIONS = ['esc-setup', 'health-gate', 'mcp-orchestrate', 'deploy-phase', 'pr-report'];
const WORKFLOWS = ['master-deployment.yml', 'health-gate.yml'];

/** Every bundle: its source and the folder that it goes to. */
function bundles() {
  const ofActions = ACTIONS.flatMap((name) => {
    const main = { name, entry: `actions/${name}/main.ts`, out: join(release, name, 'dist') };
    const post = { name, entry: `actions/${name}/post.ts`, out: join(release, name, 'dist', 'post') };
    return existsSync(join(root, post.entry)) ? [main, post] : [main];
  });
  return [...ofActions, { name: 'cli', entry: 'packages/cli/src/main.ts', out: join(release, 'cli') }].filter(
    (bundle) => existsSync(join(root, bundle.entry)),
  );
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!['node_modules', 'fixtures', 'golden', 'dist'].includes(entry.name)) yield* sources(path);
    } else if (/\.(ts|json|css|svg)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) yield path;
  }
}

/** The fingerprint of everything that a bundle may contain. */
function fingerprint(bundle) {
  const hash = createHash('sha256').update(bundle.entry).update(TARGET);
  const folders = ['packages/core', 'packages/runtime', dirname(bundle.entry)];
  if (bundle.name === 'cli') folders.push('packages/local-runner', 'packages/standins', 'actions');
  for (const folder of folders) {
    for (const path of [...sources(join(root, folder))].sort())
      hash.update(relative(root, path)).update(readFileSync(path));
  }
  for (const file of ['pnpm-lock.yaml', 'tsconfig.base.json', 'scripts/build.mjs'])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

const stampOf = (bundle) => join(release, '.stamps', bundle.entry.replaceAll('/', '_'));

function isFresh(bundle) {
  const stamp = stampOf(bundle);
  return (
    existsSync(join(bundle.out, 'index.js')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === bundle.fingerprint
  );
}

function ncc(node, bundle) {
  const args = [
    'build',
    bundle.entry,
    '-o',
    bundle.out,
    '--target',
    TARGET,
    '--transpile-only',
    '--no-cache',
    '--quiet',
  ];
  return new Promise((resolve) => {
    const child = spawn(node, [join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js'), ...args], {
      cwd: root,
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** A bundle that cannot even start is no bundle: it is run once, in an empty environment, on each Node that we promise. */
function startsOn(node, bundle) {
  return new Promise((resolve) => {
    const child = spawn(
      node,
      [join(bundle.out, 'index.js'), ...(bundle.name === 'cli' ? ['--version'] : [])],
      {
        cwd: mkScratch(bundle),
        env: {
          PATH: process.env.PATH ?? '',
          HOME: process.env.HOME ?? '',
          SOPHIA_STATE_DIRECTORY: mkScratch(bundle),
        },
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
}

function mkScratch(bundle) {
  const scratch = join(release, '.stamps', `start-${bundle.entry.replaceAll('/', '_')}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  return scratch;
}

/** Puts what was built aside into its place; a `post` bundle lies inside its main bundle's folder and stays. */
function moveInto(from, out) {
  const old = existsSync(out) ? readdirSync(out).filter((name) => name !== 'post') : [];
  for (const name of old) rmSync(join(out, name), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(from)) renameSync(join(from, name), join(out, name));
  rmSync(from, { recursive: true, force: true });
}

async function buildOne(node, bundle) {
  const aside = {
    ...bundle,
    out: join(release, '.stamps', `build-${process.pid}-${bundle.entry.replaceAll('/', '_')}`),
  };
  const built = await ncc(node, aside);
  if (!built.ok)
    stop(
      `${bundle.entry} does not build\n${built.output}`,
      'mend the sources; `npm run check` names type errors',
    );
  moveInto(aside.out, bundle.out);
  for (const path of [node, node20()]) {
    const { code, output } = await startsOn(path, bundle);
    if (/MODULE_NOT_FOUND|ERR_|this is a bug|SyntaxError/.test(output) || code === null || code > 2) {
      stop(
        `${bundle.entry} does not start on ${path}\n${output}`,
        'a bundle must run with nothing installed beside it',
      );
    }
  }
  mkdirSync(dirname(stampOf(bundle)), { recursive: true });
  writeFileSync(stampOf(bundle), bundle.fingerprint);
}

/** Everything in `release/` beside the bundles. */
function copyRest() {
  mkdirSync(release, { recursive: true });
  for (const name of ACTIONS) {
    for (const file of ['action.yml', 'README.md']) {
      const source = join(root, 'actions', name, file);
      if (existsSync(source)) cpSync(source, join(release, name, file));
    }
  }
  for (const file of WORKFLOWS) {
    const source = join(root, '.github/workflows', file);
    if (existsSync(source)) cpSync(source, join(release, '.github/workflows', file));
  }
  rmSync(join(release, 'schemas'), { recursive: true, force: true });
  cpSync(join(root, 'schemas'), join(release, 'schemas'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(release, 'LICENSE'));
  writeLicences(root, join(release, 'THIRD-PARTY-LICENSES.txt'));
}

/** Builds what changed, two bundles at a time. */
export async function build(names = []) {
  const node = setUp();
  const wanted = bundles().filter((bundle) => names.length === 0 || names.includes(bundle.name));
  const stale = wanted
    .map((bundle) => ({ ...bundle, fingerprint: fingerprint(bundle) }))
    .filter((bundle) => !isFresh(bundle));
  const queue = [...stale];
  const worker = async () => {
    for (let bundle = queue.shift(); bundle !== undefined; bundle = queue.shift()) {
      const started = performance.now();
      await buildOne(node, bundle);
      process.stderr.write(
        `built ${bundle.entry} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
      );
    }
  };
  await Promise.all([worker(), worker()]);
  copyRest();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build(process.argv.slice(2));
