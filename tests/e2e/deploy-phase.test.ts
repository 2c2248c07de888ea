import { readdir } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeWorkspace, noted, until } from './deploy-phase-workspace.ts';

const id = (deploymentId: string, more: Readonly<Record<string, string>> = {}) => ({
  inputs: { 'deployment-id': deploymentId, ...more },
});

describe('a deployment', () => {
  test('runs its phases, passes outputs on, and leaves journal, log, report and outputs', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'build-it',
          steps: [
            {
              name: 'one',
              run: 'echo "url=http://127.0.0.1/a=b" >> "$SOPHIA_OUTPUT"',
              outputs: ['url'],
              undo: 'none',
            },
            {
              name: 'two',
              run: ['sh', '-c', 'echo "got $SOPHIA_OUTPUT_BUILD_IT_ONE_URL in $SOPHIA_ENVIRONMENT"'],
            },
          ],
        },
      ],
    });
    const run = await work.deploy(id('d1'));
    expect(run.stdout).toContain('got http://127.0.0.1/a=b in default');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.outputs).toMatchObject({
      status: 'success',
      'deployment-id': 'd1',
      'failed-step': '',
      'journal-path': work.path('logs/deployments/d1.jsonl'),
      'log-path': work.path('logs/deployments/d1.log'),
      'report-path': work.path('logs/deployments/d1-report.json'),
      'plan-hash': expect.stringMatching(/^[0-9a-f]{64}$/),
      'duration-ms': expect.stringMatching(/^\d+$/),
    });
    expect((await work.journal('d1')).map(({ type }) => type)).toEqual([
      'deployment.started',
      'phase.started',
      'step.started',
      'step.finished',
      'step.started',
      'step.finished',
      'phase.finished',
      'deployment.finished',
    ]);
    for (const line of (await work.read('logs/deployments/d1.log')).trimEnd().split('\n')) {
      expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[(INFO|WARNING|ERROR)\] /);
    }
    const report = await work.report('d1');
    expect(report).toMatchObject({
      kind: 'deploy-phase',
      status: 'success',
      environment: 'default',
      deploymentId: 'd1',
    });
    expect(report.items.map(({ name, status }) => [name, status])).toEqual([
      ['build-it/one', 'success'],
      ['build-it/two', 'success'],
    ]);
    expect(run.summary).toContain('head `');
  });

  test('passes on what `before` and `run` wrote, and says which declared outputs neither wrote', async () => {
    const show = 'echo "[$SOPHIA_OUTPUT_P_A_FROM $SOPHIA_OUTPUT_P_A_TO $SOPHIA_OUTPUT_P_A_NEVER]"';
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            {
              name: 'a',
              before: 'echo from=1 >> "$SOPHIA_OUTPUT"',
              run: 'echo to=2 >> "$SOPHIA_OUTPUT"',
              outputs: ['from', 'to', 'never'],
              undo: 'none',
            },
            { name: 'b', run: show, undo: 'none' },
          ],
        },
      ],
    });
    const run = await work.deploy(id('d1'));
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('[1 2 ]');
    expect(run.stdout).toContain('::warning::p/a: did not write the outputs never');
    expect((await work.journal('d1')).filter((event) => 'outputs' in event)).toMatchObject([
      { type: 'before.finished', step: 'a', outputs: { from: '1' } },
      { type: 'step.finished', step: 'a', outputs: { to: '2' } },
      { type: 'step.finished', step: 'b', outputs: {} },
    ]);
  });

  test('gives its steps nothing of the job but what they list, and hides secrets everywhere', async () => {
    const secret = 'planted-secret-9f8e7d';
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            { name: 'without', run: 'env | sort > without.env', undo: 'none' },
            {
              name: 'with',
              run: 'env | sort > with.env; echo "the token is $API_TOKEN"; echo "$API_TOKEN" | base64',
              undo: 'none',
              secrets: ['API_TOKEN'],
              env: { LEVEL: 'info' },
              'id-token': true,
            },
          ],
        },
      ],
    });
    const run = await work.deploy({
      ...id('d1', { 'github-token': '' }),
      variables: {
        API_TOKEN: secret,
        OTHER_TOKEN: 'not-listed-secret',
        GITHUB_TOKEN: 'fake-github-token',
        ACTIONS_RUNTIME_URL: 'http://127.0.0.1:9/',
        ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/token',
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'fake-oidc-token',
        RUNNER_TRACKING_ID: 'github_tracking',
        STATE_x: 'y',
      },
    });
    expect(run.exitCode).toBe(0);
    const without = await work.read('without.env');
    expect(without).not.toMatch(
      /^(INPUT_|STATE_|ACTIONS_|GITHUB_(TOKEN|OUTPUT|ENV|STATE|PATH|STEP_SUMMARY)=|API_TOKEN|OTHER_TOKEN)/m,
    );
    expect(without).toContain('RUNNER_TRACKING_ID=github_tracking');
    const listed = await work.read('with.env');
    expect(listed).toMatch(/^API_TOKEN=planted-secret/m);
    expect(listed).toMatch(/^LEVEL=info$/m);
    expect(listed).toMatch(/^ACTIONS_ID_TOKEN_REQUEST_URL=http/m);
    expect(listed).not.toMatch(/^(OTHER_TOKEN|GITHUB_TOKEN|ACTIONS_RUNTIME|INPUT_)/m);
    const seen =
      run.stdout.replaceAll(`::add-mask::${secret}`, '') + run.summary + JSON.stringify(run.outputs);
    const files = await Promise.all(
      ['d1.log', 'd1.jsonl', 'd1-report.json'].map((file) => work.read('logs/deployments', file)),
    );
    for (const text of [seen, ...files]) expect(text).not.toContain(secret);
    expect(run.stdout).toContain('the token is ***');
  });

  test('in a dry run prints its plan and changes nothing; its hash lets only that plan run', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const dry = await work.deploy(id('d1', { 'dry-run': 'true' }));
    expect(dry).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
    expect(dry.stdout).toContain('- a: echo +a >> world.log');
    expect(await readdir(work.directory)).toEqual(['.github', 'logs']);
    expect(await readdir(work.path('logs/deployments'))).toEqual(['d1-report.json']);
    const hash = dry.outputs['plan-hash'] ?? '';
    const other = await work.deploy(id('d2', { 'plan-hash': '0'.repeat(64) }));
    expect(other.exitCode).toBe(1);
    expect(other.stdout).toContain(`its hash is ${hash}`);
    expect(await work.world()).toEqual([]);
    expect(await work.deploy(id('d3', { 'plan-hash': hash }))).toMatchObject({ exitCode: 0 });
  });

  test('has the same plan whatever its variables are, and another one at another commit', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [noted('a', { env: { LEVEL: '${LEVEL:-info}', OF: '${SOPHIA_DEPLOYMENT_ID}' } })],
        },
      ],
    });
    const hashWith = async (name: string, variables: Readonly<Record<string, string>>) =>
      (await work.deploy({ ...id(name, { 'dry-run': 'true' }), variables })).outputs['plan-hash'];
    const hash = await hashWith('d1', {});
    expect(await hashWith('d2', { LEVEL: 'debug' })).toBe(hash);
    expect(await hashWith('d1', { GITHUB_SHA: 'f'.repeat(40) })).not.toBe(hash);
  });

  test('of one phase runs that phase only', async () => {
    const phases = [
      { name: 'first', steps: [noted('a')] },
      { name: 'second', steps: [noted('b')] },
    ];
    const work = await makeWorkspace({ phases });
    expect(await work.deploy(id('d1', { phase: 'second' }))).toMatchObject({ exitCode: 0 });
    expect(await work.world()).toEqual(['+b']);
    const wrong = await work.deploy(id('d2', { phase: 'secnod' }));
    expect(wrong.stdout).toContain('no phase is named "secnod"; did you mean "second"?');
  });

  test('with a finished journal of its id does not run', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    await work.deploy(id('d1'));
    const second = await work.deploy(id('d1'));
    expect(second.exitCode).toBe(1);
    expect(second.stdout).toContain('the deployment d1 is finished (success)');
    expect(second.outputs['report-path']).toMatch(/d1-refused-report\.json$/);
    expect(await work.report('d1')).toMatchObject({ status: 'success', items: [{ name: 'p/a' }] });
    expect(await work.world()).toEqual(['+a']);
  });
});

describe('what nobody may', () => {
  test.each([
    [
      'a name that leaves the folder',
      { phases: [{ name: '../evil', steps: [] }] },
      'expected a name of letters',
    ],
    [
      'a phase that does nothing',
      { phases: [{ name: 'p', steps: [] }] },
      'phase "p" has no steps: give it at least one, or leave the phase out',
    ],
    [
      'an output that no program can write',
      { phases: [{ name: 'p', steps: [{ name: 's', 'require-env': ['PATH'], outputs: ['url'] }] }] },
      'outputs: expected no outputs: only `run` and `before` write them',
    ],
    [
      'a forbidden variable',
      { phases: [{ name: 'p', steps: [{ name: 's', run: 'true', secrets: ['GITHUB_TOKEN'] }] }] },
      'p/s: GITHUB_TOKEN is never passed',
    ],
  ])('%s is refused before anything runs', async (_, deployment, message) => {
    const work = await makeWorkspace(deployment);
    const run = await work.deploy(id('d1'));
    expect(run).toMatchObject({ exitCode: 1, outputs: { status: 'failure' } });
    expect(run.stdout).toContain(message);
    expect(run.stdout).not.toContain('this is a bug');
    expect(await work.report('d1')).toMatchObject({ status: 'failure', deploymentId: 'd1' });
  });

  test('a privileged event runs nothing of a workspace that is not at the default branch', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const run = await work.deploy({ ...id('d1'), variables: { GITHUB_EVENT_NAME: 'pull_request_target' } });
    expect(run.exitCode).toBe(1);
    expect(await work.world()).toEqual([]);
  });

  test('a second deployment to the same environment waits for nobody and does not run', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', steps: [noted('a', { run: 'echo +a >> world.log; sleep 3' })] }],
    });
    const first = work.deploy(id('d1'));
    await until(async () => (await work.world()).length > 0);
    const second = await work.deploy(id('d2'));
    expect(second.exitCode).toBe(1);
    expect(second.stdout).toContain('the deployment d1 to default is running');
    expect(await first).toMatchObject({ exitCode: 0 });
    expect(await work.world()).toEqual(['+a']);
  });
});
