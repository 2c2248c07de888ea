import { describe, expect, test } from '@jest/globals';
import { makeFolder, runText } from './test-run.ts';

const say = (stage: string): string => `
const { appendFileSync } = require('node:fs');
console.log('${stage}', process.env.INPUT_WHO, process.env['INPUT_LOUD'], process.env.STATE_mark ?? 'no state');
appendFileSync(process.env.GITHUB_STATE, 'mark=${stage} ' + process.env.INPUT_WHO + '\\n');
appendFileSync(process.env.GITHUB_OUTPUT, 'said=' + process.env.INPUT_WHO + '\\n');
if (process.env.INPUT_WHO === 'fail' && '${stage}' === 'main') process.exit(1);
`;

const greet = {
  'greet/action.yml': `name: Greet
description: Greets
inputs:
  who: { description: Whom, default: "\${{ github.actor }}" }
  loud: { description: How, default: false }
  old: { description: Old, deprecationMessage: use who }
outputs: { said: { description: Said } }
runs: { using: node24, pre: pre.js, main: main.js, post: post.js }
`,
  'greet/pre.js': say('pre'),
  'greet/main.js': say('main'),
  'greet/post.js': say('post'),
};

/** The lines that the greeting action wrote, in order. */
const said = (log: string): string[] => log.split('\n').filter((line) => /^(pre|main|post) /.test(line));

describe('a JavaScript action', () => {
  test('runs pre, main and post in the runner’s order, with inputs and state', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { id: one, uses: ai-cherry/sophia-actions/greet@v1 }
      - { uses: ai-cherry/sophia-actions/greet@0123456789012345678901234567890123456789, with: { who: two, loud: true, unknown: 1, old: x } }
      - run: test "\${{ steps.one.outputs.said }}" = octocat`,
      {},
      { actionsDirectory: makeFolder(greet) },
    );
    expect(run.jobs).toEqual(['j: success']);
    expect(said(run.log('j'))).toEqual([
      'pre octocat false no state',
      'pre two true no state',
      'main octocat false pre octocat',
      'main two true pre two',
      'post two true main two',
      'post octocat false main octocat',
    ]);
    const messages = run.result.jobs[0]?.annotations.map(({ message }) => message).join('\n');
    expect(messages).toContain("Unexpected input(s) 'unknown', valid inputs are ['who', 'loud', 'old']");
    expect(messages).toContain("Input 'old' has been deprecated with message: use who");
  });

  test('its post stage runs after a failure too, but not if its main stage never began', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { uses: ai-cherry/sophia-actions/greet@v1, with: { who: fail } }
      - { uses: ai-cherry/sophia-actions/greet@v1, with: { who: never } }`,
      {},
      { actionsDirectory: makeFolder(greet) },
    );
    expect(said(run.log('j'))).toEqual([
      'pre fail false no state',
      'pre never false no state',
      'main fail false pre fail',
      'post fail false main fail',
    ]);
    expect(run.jobs).toEqual(['j: failure']);
  });

  test('of the repository runs from the checkout, without a pre stage', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - uses: ./greet
        continue-on-error: true
      - uses: actions/checkout@v4
      - uses: ./greet
      - uses: $/greet
        with: { who: dollar }`,
      greet,
    );
    expect(run.log('j')).toContain("'./greet' has no action.yml");
    expect(said(run.log('j'))).toEqual([
      'pre dollar false no state',
      'main octocat false no state',
      'main dollar false pre dollar',
      'post dollar false main dollar',
      'post octocat false main octocat',
    ]);
  });

  test('reaches its services, which scripts do not, and an id token only by permission', async () => {
    const actionsDirectory = makeFolder({
      'show/action.yml': 'name: S\ndescription: S\nruns: { using: node20, main: m.js }\n',
      'show/m.js': `for (const k of Object.keys(process.env).sort()) if (k.startsWith('ACTIONS_') || k === 'GITHUB_API_URL') console.log('action', k);`,
    });
    const steps = `[{ uses: ai-cherry/sophia-actions/show@v1 }, { run: 'env | grep -oE "^(ACTIONS_[A-Z_]+|GITHUB_API_URL)" | sort | sed "s/^/script /"' }]`;
    const run = await runText(
      `on: push
permissions: {}
jobs:
  none: { runs-on: x, steps: ${steps} }
  oidc: { runs-on: x, permissions: { id-token: write }, steps: ${steps} }`,
      {},
      {
        actionsDirectory,
        openJob: () => ({
          token: 'fake-token',
          stepEnv: { GITHUB_API_URL: 'http://127.0.0.1:1' },
          actionEnv: {
            ACTIONS_RESULTS_URL: 'http://127.0.0.1:2',
            ACTIONS_RUNTIME_TOKEN: 'fake.runtime.token',
          },
          idTokenEnv: {
            ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:3',
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'fake-id',
          },
        }),
      },
    );
    const shown = (id: string): string[] =>
      run
        .log(id)
        .split('\n')
        .filter((line) => /^(action|script) /.test(line));
    expect(shown('none')).toEqual([
      'action ACTIONS_RESULTS_URL',
      'action ACTIONS_RUNTIME_TOKEN',
      'action GITHUB_API_URL',
      'script GITHUB_API_URL',
    ]);
    expect(shown('oidc')).toContain('script ACTIONS_ID_TOKEN_REQUEST_URL');
  });
});

describe('a composite action', () => {
  const files = {
    ...greet,
    'greet/action.yml': greet['greet/action.yml'].replace(' pre: pre.js,', ''),
    'both/action.yml': `name: Both
description: Both
inputs: { name: { description: N, required: true } }
outputs: { text: { description: T, value: "\${{ steps.s.outputs.text }}" } }
runs:
  using: composite
  steps:
    - { id: s, shell: bash, run: 'echo "text=hello $NAME at $(basename "$GITHUB_ACTION_PATH")" >> "$GITHUB_OUTPUT"', env: { NAME: "\${{ inputs.name }}" } }
    - { uses: $/greet, with: { who: "\${{ inputs.name }}" } }
    - { shell: bash, run: 'exit 4', if: "inputs.name == 'broken'" }
    - { shell: bash, run: 'echo "skipped after failure"' }
    - { shell: bash, run: 'echo "cleanup of \${{ inputs.name }}"', if: always() }
`,
  };

  test('has its own inputs, steps and outputs; its actions’ post stages belong to the job', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { id: b, name: both, uses: ai-cherry/sophia-actions/both@v1, with: { name: ada } }
      - run: test "\${{ steps.b.outputs.text }}" = "hello ada at both"
      - { name: none of its steps, run: 'test -z "\${{ steps.s.outputs.text }}"' }
      - { name: broken, uses: ai-cherry/sophia-actions/both@v1, with: { name: broken } }`,
      {},
      { actionsDirectory: makeFolder(files) },
    );
    expect(run.steps('j').slice(0, 4)).toEqual([
      'both: success',
      'Run test "hello ada at both" = "hello ada at both": success',
      'none of its steps: success',
      'broken: failure',
    ]);
    expect(said(run.log('j'))).toEqual([
      'main ada false no state',
      'main broken false no state',
      'post broken false main broken',
      'post ada false main ada',
    ]);
    expect(run.log('j')).toContain('\ncleanup of broken\n');
    expect(run.log('j').match(/\nskipped after failure\n/g)).toHaveLength(1);
  });
});

describe('a reusable workflow', () => {
  const called = `on:
  workflow_call:
    inputs:
      dry-run: { type: boolean, default: true }
      level: { type: number, required: true }
    secrets: { token: { required: false } }
    outputs: { result: { value: "\${{ jobs.work.outputs.result }}" } }
jobs:
  work:
    runs-on: x
    outputs: { result: "\${{ steps.s.outputs.r }}" }
    steps:
      - id: s
        run: echo "r=\${{ inputs.dry-run == false }} \${{ inputs.level + 0 }} [\${{ secrets.token != '' }}] [\${{ secrets.other }}] \${{ github.workflow }}" >> "$GITHUB_OUTPUT"
  check: { needs: work, runs-on: x, steps: [{ uses: $/greet, with: { who: called } }] }
`.replace('inputs.level + 0', 'inputs.level');

  test('runs its jobs with inputs and secrets, gives outputs, and reports each job by its own id', async () => {
    const run = await runText(
      `name: Caller
on: push
jobs:
  prepare: { runs-on: x, outputs: { v: 3 }, steps: [{ run: 'true' }] }
  deploy:
    needs: prepare
    uses: ai-cherry/sophia-actions/.github/workflows/called.yml@v1
    with: { dry-run: false, level: "\${{ fromJSON(needs.prepare.outputs.v) }}" }
    secrets: { token: "\${{ secrets.TOKEN }}" }
  after: { needs: deploy, runs-on: x, steps: [{ run: 'echo "\${{ needs.deploy.result }}: \${{ needs.deploy.outputs.result }}"' }] }`,
      {},
      {
        actionsDirectory: makeFolder({ ...greet, '.github/workflows/called.yml': called }),
        secrets: { TOKEN: 'obviously-fake', OTHER: 'also-fake' },
      },
    );
    expect(run.result.jobs.map(({ id, callers, result }) => ({ id, callers, result }))).toEqual([
      { id: 'prepare', callers: [], result: 'success' },
      { id: 'work', callers: ['deploy'], result: 'success' },
      { id: 'check', callers: ['deploy'], result: 'success' },
      { id: 'after', callers: [], result: 'success' },
    ]);
    expect(run.log('after')).toContain('success: true 3 [true] [] Caller');
    expect(said(run.log('deploy.check'))[0]).toBe('pre called false no state');
  });

  test('a text is no boolean input; a skipped caller reports its jobs as skipped', async () => {
    const files = { '.github/workflows/called.yml': called };
    const run = await runText(
      `on: push
jobs:
  wrong: { uses: ./.github/workflows/called.yml, with: { dry-run: "\${{ 'true' }}", level: 1 } }
  skipped: { if: false, uses: ./.github/workflows/called.yml, with: { level: 1 } }`,
      { ...greet, ...files },
    );
    expect(run.jobs).toEqual(['work: failure', 'check: failure', 'work: skipped', 'check: skipped']);
    expect(run.result.jobs[0]?.annotations[0]?.message).toBe(
      'the input \'dry-run\' must be true or false, not "true"',
    );
  });
});
