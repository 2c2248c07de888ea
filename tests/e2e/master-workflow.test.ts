// What the master workflow decides in its own scripts, and what it makes of findings.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { runBundle } from './run-bundle.ts';

const root = resolve(import.meta.dirname, '../..');

interface Step {
  readonly name: string;
  readonly run?: string;
  readonly with?: Record<string, string | boolean>;
}

const { jobs } = parse(readFileSync(join(root, '.github/workflows/master-deployment.yml'), 'utf8')) as {
  jobs: Record<string, { steps: readonly Step[] }>;
};

function stepOf(job: string, name: string): Step {
  const step = jobs[job]?.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`the job ${job} has no step ${name}`);
  return step;
}

/** Runs the script of a step as the runner does, and reads what it told the runner. */
function runStep(step: Step, variables: Readonly<Record<string, string>>, cwd: string) {
  const output = join(mkdtempSync(join(tmpdir(), 'sophia-step-')), 'output');
  writeFileSync(output, '');
  const { status, stdout } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run ?? ''],
    { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], GITHUB_OUTPUT: output, ...variables } },
  );
  const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean);
  return { status, stdout, outputs: Object.fromEntries(lines.map((line) => line.split('=', 2))) };
}

function workspace(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sophia master '));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('environment-setup decides', () => {
  const decide = (variables: Readonly<Record<string, string>>) => {
    const event = { EVENT: 'push', ASKED: '', GITHUB_REF: 'refs/heads/main', DEFAULT_BRANCH: 'main' };
    const rights = { IS_FORK: 'true', FORCE: 'false', REASON: '' };
    return runStep(
      stepOf('environment-setup', 'Decide environment and rights'),
      { ...event, ...rights, ...variables },
      root,
    );
  };
  const pull = { EVENT: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' };
  const dispatch = { EVENT: 'workflow_dispatch' };

  test.each([
    ['a push to the default branch', {}, 'production true true'],
    ['a push to another branch', { GITHUB_REF: 'refs/heads/topic' }, 'staging false true'],
    ['a tag with the default branch’s name', { GITHUB_REF: 'refs/tags/main' }, 'staging false true'],
    ['a branch that differs in case', { GITHUB_REF: 'refs/heads/Main' }, 'staging false true'],
    ['a branch that a pattern would match', { DEFAULT_BRANCH: 'm*' }, 'staging false true'],
    ['an event without a default branch', { DEFAULT_BRANCH: '' }, 'staging false true'],
    ['a dispatch that names no environment', dispatch, 'staging true true'],
    ['a dispatch from a topic', { ...dispatch, GITHUB_REF: 'refs/heads/topic' }, 'staging false true'],
    ['a dispatch that names one', { ...dispatch, ASKED: 'development' }, 'development true true'],
    ['a pull request', { ...pull, IS_FORK: 'false' }, 'staging false true'],
    ['a pull request that names production', { ...pull, ASKED: 'production' }, 'production false false'],
    ['a fork’s pull request', pull, 'staging false false'],
    ['a fork’s pull_request_target', { ...pull, EVENT: 'pull_request_target' }, 'staging false false'],
    ['a forced push', { FORCE: 'true', REASON: 'the gate is wrong' }, 'production true true'],
  ])('%s: %j is %s', (_, variables, expected) => {
    const { status, outputs } = decide(variables);
    expect(status).toBe(0);
    expect(`${outputs['environment']} ${outputs['should-deploy']} ${outputs['has-secrets']}`).toBe(expected);
    expect(outputs['deployment-id']).toMatch(/^sophia-[a-z0-9-]+-\d{10,}$/);
  });

  test.each([
    ['an environment that is no name', { ASKED: 'prod"; touch pwned; "' }, 'title=environment'],
    ['an environment of two lines', { ASKED: 'staging\nproduction' }, 'title=environment'],
    ['force on a pull request', { ...pull, FORCE: 'true', REASON: 'please' }, 'title=force-deploy'],
    ['force without a reason', { FORCE: 'true' }, 'a reason is required'],
  ])('%s is refused', (_, variables, message) => {
    const { status, stdout, outputs } = decide(variables);
    expect([status, outputs]).toEqual([1, {}]);
    expect(stdout).toContain(message);
    expect(existsSync(join(root, 'pwned'))).toBe(false);
  });
});

describe('quality-security', () => {
  const sarif = (level: string) =>
    JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'scanner' } },
          results: [{ ruleId: 'r1', level, message: { text: 'a finding' } }],
        },
      ],
    });
  const files = {
    'reports/out.sarif': sarif('note'),
    'services/a b/out.sarif': sarif('error'),
    'node_modules/x/out.sarif': sarif('error'),
  };

  test('keeps every file of findings, also those of one name, and none of packages', () => {
    const temp = mkdtempSync(join(tmpdir(), 'sophia-runner-'));
    const directory = workspace(files);
    const step = stepOf('quality-security', 'Collect findings');
    expect(runStep(step, { RUNNER_TEMP: temp }, directory)).toMatchObject({
      status: 0,
      outputs: { found: 'true' },
    });
    const kept = readdirSync(join(temp, 'sarif')).map((name) =>
      readFileSync(join(temp, 'sarif', name), 'utf8'),
    );
    expect(kept.toSorted()).toEqual([sarif('error'), sarif('note')]);
    const clean = { RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'sophia-runner-')) };
    expect(runStep(step, clean, workspace({})).outputs).toEqual({});
  });

  test.each([
    ['error', 1],
    ['warning', 0],
  ])('a finding of level %s, of a scanner that ends with 0, ends the job with %i', async (level, code) => {
    const temp = mkdtempSync(join(tmpdir(), 'sophia-runner-'));
    const directory = workspace({ 'out.sarif': sarif(level) });
    runStep(stepOf('quality-security', 'Collect findings'), { RUNNER_TEMP: temp }, directory);
    const given = Object.entries(stepOf('quality-security', 'Fail on findings').with ?? {});
    const inputs = Object.fromEntries(
      given.map(([name, value]) => [name, String(value).replace('${{ runner.temp }}', temp)]),
    );
    const run = await runBundle({
      action: 'pr-report',
      directory,
      inputs,
      variables: { RUNNER_TEMP: temp },
    });
    expect(run.exitCode).toBe(code);
    expect(run.summary).toContain(code === 1 ? 'a finding' : 'warning');
  });
});
