// What the CLI draws on a terminal. A real pseudo terminal needs a program of its own (util-linux's `script`).
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import { programPath } from './run-bundle.ts';

const CONFIGURATION = `checks:
  quick: { kind: command, command: [node, --version] }
  slow: { kind: command, run: "sleep 1" }
  evil: { kind: command, run: "printf '\\\\033]0;title\\\\007\\\\033[2Jplanted'; exit 1" }
deployment:
  phases:
    - name: one
      steps:
        - { name: a, run: "echo layer 3 of 9; sleep 0.5", undo: "sleep 0.5" }
        - { name: b, run: exit 3, undo: none }
mcp:
  servers:
    dies:
      command: [node, --eval, 'setTimeout(() => process.exit(7), 700)']
      working-directory: .
      health: { stdio: true }
      restart: { limit: 0 }
environments: { production: {} }
`;

function workspace(configuration = CONFIGURATION): string {
  const cwd = mkdtempSync(join(tmpdir(), 'sophia live '));
  mkdirSync(join(cwd, '.github'));
  writeFileSync(join(cwd, '.github/sophia.yml'), configuration);
  return cwd;
}

/** Checks that all run at once, more than Node thinks that a signal has listeners. */
const MANY = `checks:
${Array.from({ length: 30 }, (_, index) => `  check-${index}: { kind: command, run: "touch up-${index}; sleep 30", timeout: 40s }`).join('\n')}
gate: { concurrency: 30 }
environments: { production: {} }
`;

const cli = programPath('cli/index.js');
const variables = { PATH: process.env['PATH'], HOME: tmpdir(), TERM: 'xterm' };

describe('sophia gate --watch', () => {
  test('runs again and again, one report a line with --json, until Ctrl-C', async () => {
    const child = spawn(process.execPath, [cli, 'gate', '--checks', 'quick', '--watch', '1s', '--json'], {
      cwd: workspace(),
      env: variables,
    });
    let stdout = '';
    await new Promise<void>((done) => {
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.split('\n').length > 2) done();
      });
    });
    child.kill('SIGINT');
    const code = await new Promise((done) => child.on('close', done));
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: string; startedAt: string });
    expect(code).toBe(130);
    expect(reports.map(({ status }) => status)).toEqual(reports.map(() => 'success'));
    expect(new Set(reports.map(({ startedAt }) => startedAt)).size).toBe(reports.length);
  });

  test.each(['soon', '10ms', ''])('refuses the interval %j', (interval) => {
    const { status, stderr } = spawnSync(process.execPath, [cli, 'gate', `--watch=${interval}`], {
      cwd: workspace(),
      env: variables,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('expected an interval of at least 1s')]);
  });
});

test('Ctrl-C ends thirty checks at once, with 130 and no warning of Node', async () => {
  const cwd = workspace(MANY);
  const child = spawn(process.execPath, [cli, 'gate', '--debug'], { cwd, env: variables });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const waiting = setInterval(() => {
    if (readdirSync(cwd).filter((name) => name.startsWith('up-')).length === 30) child.kill('SIGINT');
  }, 50);
  expect(await new Promise((done) => child.on('close', done))).toBe(130);
  clearInterval(waiting);
  expect(stderr).toContain('the run was cancelled before it answered');
  expect(stderr).not.toContain('MaxListeners');
});

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.log('not here: script (util-linux); what is drawn on a terminal is not tested');
const onTerminal = hasScript && process.platform === 'linux' ? test : test.skip;

/** @returns everything that a terminal of 100 columns was sent. */
function draw(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  cwd = workspace(),
): string {
  const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = spawnSync(
    'script',
    ['-qec', `stty cols 100 rows 30; ${command}; echo EXIT=$?`, '/dev/null'],
    {
      cwd,
      env: { ...variables, ...more },
      encoding: 'utf8',
    },
  );
  return stdout;
}

/** Prints in the middle of a gate, half a line at a time, and then dies of an error that nobody catches. */
const STRAY = `
const isDrawn = () => Object.hasOwn(process.stderr, 'write');
const wait = setInterval(() => {
  if (!process.argv.includes('gate') || !isDrawn()) return;
  clearInterval(wait);
  setTimeout(() => process.stderr.write('stray: half '), 150);
  setTimeout(() => process.stdout.write('and half\\n'), 300);
  setTimeout(() => { throw new Error('crash'); }, 450);
}, 10);
wait.unref();
`;

describe('on a terminal', () => {
  onTerminal('a gate shows each check as it waits, runs and ends, and gives the cursor back', () => {
    const drawn = draw(['gate']);
    const text = stripVTControlCharacters(drawn);
    expect(text).toMatch(/runs {5}slow/);
    expect(text).toMatch(/ok {7}quick/);
    expect(text).toMatch(/FAILED {3}evil/);
    expect(drawn.lastIndexOf('\u001b[?25h')).toBeGreaterThan(drawn.lastIndexOf('\u001b[?25l'));
    // Neither the title nor the screen is somebody else's to change.
    expect(drawn).not.toMatch(/\u001b\]0;title|\u001b\[2J/);
  });

  onTerminal.each(['CI', 'NO_COLOR'])('with %s there are lines, and nothing is drawn', (name) => {
    const drawn = draw(['gate'], { [name]: '1' });
    expect(drawn).not.toMatch(/\u001b\[\?25l|runs/);
    expect(drawn).toContain('quick');
  });

  onTerminal('what something else writes stands above the picture, whole, and the cursor comes back', () => {
    const stray = join(mkdtempSync(join(tmpdir(), 'sophia stray ')), 'stray.cjs');
    writeFileSync(stray, STRAY);
    const drawn = draw(['gate'], { NODE_OPTIONS: `--require="${stray}"` });
    const lines = stripVTControlCharacters(drawn).split(/\r?\n/);
    expect(lines).toContain('stray: half and half');
    expect(drawn.lastIndexOf('\u001b[?25h')).toBeGreaterThan(drawn.lastIndexOf('\u001b[?25l'));
  });

  onTerminal('a fleet shows each server, and ends with its table and exit code', () => {
    const cwd = workspace();
    const started = draw(['mcp', 'start'], {}, cwd);
    const stopped = draw(['mcp', 'stop'], {}, cwd);
    expect(stripVTControlCharacters(started)).toMatch(/runs {5}dies[^]*failure {2}dies[^]*0 of 1 servers/);
    expect(started).toContain('EXIT=1');
    expect(stopped).toContain('EXIT=0');
  });

  onTerminal('a deployment shows its steps, and its rollback as one', () => {
    const text = stripVTControlCharacters(draw(['deploy']));
    expect(text).toMatch(/runs {5}one\/a +\d+ ms {2}layer 3 of 9/);
    expect(text).toMatch(/steps: \d+ ms of \d+m00s {3}rollback: 5m00s kept/);
    expect(text).toMatch(/steps: [\d.]+ m?s of \d+m00s {3}rollback: \d+ ms of 5m00s/);
    expect(text).toMatch(/waits {4}one\/b/);
    expect(text).toMatch(/FAILED {3}one\/b/);
    expect(text).toMatch(/undoes {3}one\/a/);
    expect(text).toContain('rolled back after one/b failed');
  });
});
