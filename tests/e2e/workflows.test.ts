import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { NINE } from './nine-jobs.ts';

const root = resolve(import.meta.dirname, '../..');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}

interface Job {
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly permissions?: Record<string, string>;
  readonly 'timeout-minutes'?: number;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly steps?: readonly Step[];
  readonly env?: Record<string, string>;
  readonly outputs?: Record<string, string>;
}

interface Workflow {
  readonly on: Record<
    string,
    { inputs?: Record<string, { type: string }>; secrets?: Record<string, { required: boolean }> }
  >;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const load = (path: string) => parse(text(path)) as Workflow;
const files = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const CALLER = 'examples/sophia/.github/workflows/sophia-master-deployment.yml';
const examples = readdirSync(join(root, 'examples/sophia/.github/workflows')).map(
  (name) => `examples/sophia/.github/workflows/${name}`,
);
const master = load('.github/workflows/master-deployment.yml');
const steps = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);

describe('the master workflow', () => {
  test('has the nine jobs and inputs of the contract; every secret is optional', () => {
    expect(Object.keys(master.jobs)).toEqual(NINE);
    const call = master.on['workflow_call'];
    expect(Object.keys(call?.inputs ?? {}).sort()).toEqual([
      'alert-issue',
      'config',
      'dry-run',
      'environment',
      'force-deploy',
      'oidc-organization',
      'reason',
      'runs-on',
      'skip-tests',
      'validation-environment',
    ]);
    const optional: unknown = expect.objectContaining({ required: false });
    expect(call?.secrets).toEqual({
      'pulumi-access-token': optional,
      'alert-webhook': optional,
      'alert-webhook-key': optional,
    });
    expect(Object.keys(master.on)).toEqual(['workflow_call']);
  });

  test('asks for no permission that the caller does not grant, and the caller grants none that no job asks for', () => {
    const union = unionOf(master);
    expect(load(CALLER).permissions).toEqual(union);
    const blocks = [...text('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    const callers = blocks.filter((block) => block.includes('master-deployment.yml@'));
    expect(callers.map((block) => (parse(block) as Workflow).permissions)).toEqual([union]);
  });

  /** What each thing that a job uses asks GitHub for (contract, section 3; the READMEs of the others). */
  const NEEDS: readonly (readonly [RegExp, Record<string, string>])[] = [
    [/^actions\/checkout@/, { contents: 'read' }],
    [/^\$\/esc-setup$/, { 'id-token': 'write' }],
    [/^\$\/pr-report history$/, { actions: 'read', issues: 'write', 'pull-requests': 'write' }],
    [
      /^\$\/deploy-phase github-token$/,
      // `id-token` for steps with `id-token: true`; `actions` tells whether the run that holds the lock is over.
      { actions: 'read', contents: 'write', deployments: 'write', 'id-token': 'write' },
    ],
    [/^github\/codeql-action\/upload-sarif@/, { actions: 'read', 'security-events': 'write' }],
  ];

  test.each(Object.entries(master.jobs))('%s has the rights that its steps need, and no other', (_, job) => {
    const needed: Record<string, string> = {};
    for (const { uses = '', with: given = {} } of job.steps ?? []) {
      const how = ['history', 'github-token'].find((input) => input in given);
      const name = uses.startsWith('$/') && how !== undefined ? `${uses} ${how}` : uses;
      const rights = NEEDS.filter(([pattern]) => pattern.test(name)).flatMap(([, one]) =>
        Object.entries(one),
      );
      for (const [scope, level] of rights) if (needed[scope] !== 'write') needed[scope] = level;
    }
    expect(job.permissions).toEqual(needed);
  });

  test('the caller has the three triggers and hands over every input', () => {
    const caller = load(CALLER);
    expect(Object.keys(caller.on)).toEqual(['push', 'pull_request', 'workflow_dispatch']);
    expect(Object.keys(caller.on['workflow_dispatch']?.inputs ?? {})).toEqual([
      'environment',
      'skip_tests',
      'force_deploy',
      'reason',
      'dry_run',
    ]);
  });

  test('alerts where the caller asks: its last job hands each part to pr-report by name', () => {
    const report = master.jobs['deployment-notification']?.steps?.find(({ uses }) => uses === '$/pr-report');
    expect(report?.with).toMatchObject({
      'alert-issue': '${{ inputs.alert-issue }}',
      'alert-webhook': '${{ secrets.alert-webhook }}',
      'alert-webhook-key': '${{ secrets.alert-webhook-key }}',
    });
    const others = Object.entries(master.jobs).filter(([name]) => name !== 'deployment-notification');
    expect(JSON.stringify(others)).not.toMatch(/alert-|"issues"/);
    expect(master.on['workflow_call']?.inputs?.['alert-issue']).toMatchObject({
      type: 'boolean',
      default: false,
    });
  });

  test('every result that a job reads belongs to a job that it needs', () => {
    for (const [name, job] of Object.entries(master.jobs)) {
      const needs = [job.needs ?? []].flat();
      const read = [...JSON.stringify(job).matchAll(/needs\.([a-z-]+)\./g)].map((match) => match[1] ?? '');
      expect([name, read.filter((id) => !needs.includes(id))]).toEqual([name, []]);
    }
  });

  test('can be called for two environments in one run: names of artifacts have environment and attempt', () => {
    const names = steps(master)
      .filter(({ uses }) => uses?.startsWith('actions/upload-artifact@') === true)
      .map((step) => String(step.with?.['name']));
    const ending = '-${{ needs.environment-setup.outputs.environment }}-${{ github.run_attempt }}';
    expect(names.length).toBe(3);
    expect(names.filter((name) => !/^sophia-[a-z]+-/.test(name) || !name.endsWith(ending))).toEqual([]);
    expect(new Set(names).size).toBe(3);
  });

  test('never cancels a deployment under way', () => {
    expect(text('.github/workflows/master-deployment.yml')).toMatch(
      /group: sophia-deployment-.*\n\s+cancel-in-progress: false/,
    );
  });
});

/** What a workflow's jobs ask for, together. */
function unionOf(workflow: Workflow): Record<string, string> {
  const union: Record<string, string> = {};
  for (const { permissions = {} } of Object.values(workflow.jobs))
    for (const [scope, level] of Object.entries(permissions))
      if (union[scope] !== 'write') union[scope] = level;
  return union;
}

test('every action of others has one commit and one version, in all files', () => {
  const pins = new Map<string, Set<string>>();
  for (const file of [...files, ...examples]) {
    for (const [, name = '', pin = ''] of text(file).matchAll(
      /uses: ([\w-]+\/[\w-]+)[^@\s]*(@[0-9a-f]{40} # \S+)/g,
    ))
      pins.set(name, (pins.get(name) ?? new Set()).add(pin));
  }
  expect(pins.size).toBeGreaterThan(4);
  expect([...pins].filter(([, found]) => found.size > 1)).toEqual([]);
});

describe('our own pipeline', () => {
  const { jobs } = load('.github/workflows/ci.yml');

  test('builds once, and each job that uses a bundle takes what was built', () => {
    const builds = Object.entries(jobs).filter(([, job]) =>
      job.steps?.some(({ run }) => run?.startsWith('npm run build') === true),
    );
    expect(builds.map(([name]) => name)).toEqual(['build']);
    const users = Object.entries(jobs).filter(([, job]) =>
      job.steps?.some(({ uses }) => uses?.startsWith('./release/') === true),
    );
    expect(users.map(([name]) => name)).toEqual(['test', 'fleet-and-release', 'report']);
    for (const [name, { needs, steps: own = [] }] of users) {
      const taken = own.findIndex(({ run }) => run === 'tar -xzf "$RUNNER_TEMP/bundles.tar.gz"');
      const used = own.findIndex(({ uses }) => uses?.startsWith('./release/') === true);
      expect([name, [needs].flat().includes('build'), taken >= 0 && taken < used]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });

  test('reports on every other job', () => {
    const others = Object.keys(jobs).filter((name) => name !== 'report');
    expect(jobs['report']?.needs).toEqual(others);
  });
});

describe.each([...files, ...examples])('%s', (file) => {
  const workflow = load(file);

  test('hands secrets over by name, and grants a called workflow what its jobs ask for', () => {
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (job.uses === undefined) continue;
      expect([name, typeof (job.secrets ?? {})]).toEqual([name, 'object']);
      const called =
        /^ai-cherry\/sophia-actions\/(\.github\/workflows\/[\w-]+\.yml)@v1$/.exec(job.uses)?.[1] ?? '';
      expect([name, job.permissions ?? workflow.permissions]).toEqual([name, unionOf(load(called))]);
    }
  });

  test('pins every action of others by commit, with its version beside it', () => {
    const uses = [...text(file).matchAll(/uses: (\S+)(.*)/g)].map(([, target = '', rest = '']) => ({
      target,
      rest,
    }));
    for (const { target, rest } of uses) {
      if (
        target.startsWith('$/') ||
        target.startsWith('ai-cherry/sophia-actions/') ||
        target.startsWith('./')
      )
        continue;
      expect(target).toMatch(/@[0-9a-f]{40}$/);
      expect(rest).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  test('puts no expression into a command', () => {
    for (const { run } of steps(workflow)) expect(run ?? '').not.toContain('${{');
  });

  test('says what each job may do and how long it may take', () => {
    expect(workflow.permissions).toBeDefined();
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (job.steps === undefined) continue;
      expect([name, typeof job.permissions]).toEqual([name, 'object']);
      expect([name, typeof job['timeout-minutes']]).toEqual([name, 'number']);
    }
  });

  test('leaves no credentials in a checkout, and swallows no failure', () => {
    for (const step of steps(workflow)) {
      if (step.uses?.startsWith('actions/checkout@') === true)
        expect(step.with?.['persist-credentials']).toBe(false);
      expect(step.run ?? '').not.toMatch(/\|\|\s*true|curl[^|]*\|\s*(ba)?sh/);
    }
  });
});
