import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The tree that users get: `npm run build` writes it, and tests use nothing else. */
export const releaseDirectory = resolve(import.meta.dirname, '../../release');

/**
 * The program at a path of the release tree, such as `cli/index.js`. While coverage is measured it is a stand-in that
 * runs the same entry from its sources (scripts/coverage.mjs).
 */
export const programPath = (path: string): string =>
  join(process.env['SOPHIA_COVERAGE_TREE'] ?? releaseDirectory, path);

export interface BundleRequest {
  readonly action: string;
  readonly entry?: 'main' | 'post';
  readonly inputs?: Readonly<Record<string, string>>;
  /** Variables of the job beside those that the runner always sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The workspace; a new empty folder where it is absent. */
  readonly directory?: string;
  /** What an earlier entry of the same step saved. */
  readonly state?: Readonly<Record<string, string>>;
  /** Called with the process once it runs, to signal it. */
  readonly onStart?: (run: {
    pid: number;
    kill: (signal: NodeJS.Signals) => void;
    stdout: () => string;
  }) => void;
  /** Default: the Node that runs the tests. */
  readonly node?: string;
}

export interface BundleRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Variables exported to later steps. */
  readonly exported: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly directory: string;
  readonly runnerTemp: string;
  readonly durationMs: number;
}

const FILES = {
  GITHUB_OUTPUT: 'output',
  GITHUB_ENV: 'env',
  GITHUB_STATE: 'state',
  GITHUB_STEP_SUMMARY: 'summary',
  GITHUB_PATH: 'path',
};

/** The port of the discard service, on which nobody listens. */
const NOBODY = 'http://127.0.0.1:9';

/** Runs the built bundle of an action as the runner runs it: inputs in the environment, results in files. */
export async function runBundle(request: BundleRequest): Promise<BundleRun> {
  const base = await mkdtemp(join(tmpdir(), 'sophia-e2e-'));
  const directory = request.directory ?? join(base, 'workspace');
  const runnerTemp = request.variables?.['RUNNER_TEMP'] ?? join(base, 'temp');
  await mkdir(directory, { recursive: true });
  await mkdir(runnerTemp, { recursive: true });
  const files: Record<string, string> = {};
  for (const [variable, name] of Object.entries(FILES)) {
    files[variable] = join(base, name);
    await writeFile(join(base, name), '');
  }
  const entry = request.entry === 'post' ? 'dist/post/index.js' : 'dist/index.js';
  const started = performance.now();
  const child = spawn(request.node ?? process.execPath, [programPath(join(request.action, entry))], {
    cwd: directory,
    env: { ...runnerVariables(directory, runnerTemp), ...files, ...asInputs(request), ...request.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  request.onStart?.({ pid: child.pid ?? 0, kill: (signal) => child.kill(signal), stdout: () => stdout });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  const read = (variable: keyof typeof FILES) => readFile(files[variable] ?? '', 'utf8');
  return {
    exitCode,
    stdout,
    stderr,
    outputs: parseEnvironmentFile(await read('GITHUB_OUTPUT')),
    exported: parseEnvironmentFile(await read('GITHUB_ENV')),
    state: parseEnvironmentFile(await read('GITHUB_STATE')),
    summary: await read('GITHUB_STEP_SUMMARY'),
    directory,
    runnerTemp,
    durationMs: performance.now() - started,
  };
}

function runnerVariables(directory: string, runnerTemp: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: directory,
    GITHUB_REPOSITORY: 'acme/app',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_RUN_ID: '812',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'job',
    GITHUB_ACTOR: 'octocat',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_SERVER_URL: 'https://github.com',
    // A test that wants a GitHub starts one: nothing leaves this machine, and nothing waits for what it cannot reach.
    GITHUB_API_URL: NOBODY,
    RUNNER_TEMP: runnerTemp,
    RUNNER_OS: 'Linux',
  };
}

function asInputs({ inputs = {}, state = {} }: BundleRequest): Record<string, string> {
  const entries = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replace(/ /g, '_').toUpperCase()}`,
    value,
  ]);
  const kept = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
  return Object.fromEntries([...entries, ...kept]) as Record<string, string>;
}

/** Reads an environment file with the runner's own rules: `name=value`, or `name<<DELIMITER` and lines. */
function parseEnvironmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const heredoc = /^([^=<]+)<<(.+)$/.exec(line);
    if (heredoc === null) {
      const equals = line.indexOf('=');
      if (equals > 0) values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const [, name = '', delimiter = ''] = heredoc;
    const end = lines.indexOf(delimiter, index + 1);
    if (end === -1) throw new Error(`no end of ${name}: delimiter ${delimiter}`);
    values[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return values;
}
