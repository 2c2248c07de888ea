// Each key of the README's table in a workflow of its own.
import { expect } from '@jest/globals';
import type { JobIdentity, RunOptions } from './run-options.ts';
import { job } from './test-run.ts';
import type { TestRun } from './test-run.ts';

/** A workflow with the key, and what shows that it does something. */
export interface Scenario {
  readonly workflow: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Partial<RunOptions>;
  readonly holds: (run: TestRun) => void;
}

const one = (rest: string, steps = "[{ run: 'true' }]") =>
  `on: push\njobs:\n  j: { runs-on: x, ${rest}steps: ${steps} }\n`;
const logs = (text: string) => (run: TestRun) => expect(run.log('j')).toContain(text);
const jobs =
  (...results: string[]) =>
  (run: TestRun) =>
    expect(run.jobs).toEqual(results);
const steps =
  (...results: string[]) =>
  (run: TestRun) =>
    expect(run.steps('j')).toEqual(results);

/** Two jobs, or two of a matrix, of which the second began when the first had ended. */
const apart = (run: TestRun) => {
  const [first, second] = run.result.jobs;
  const end = Date.parse(first?.startedAt ?? '') + (first?.durationMs ?? 0);
  expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(end - 5); // times are whole milliseconds
};

const called = `on:
  workflow_call:
    inputs: { word: { type: string, default: none } }
    secrets: { KEY: { required: false } }
    outputs: { said: { value: "\${{ jobs.inner.outputs.said }}" } }
jobs:
  inner:
    runs-on: x
    outputs: { said: "\${{ steps.s.outputs.said }}" }
    steps: [{ id: s, run: 'echo "said=\${{ inputs.word }} \${{ secrets.KEY != '''' }}" >> "$GITHUB_OUTPUT"' }]
`;
const calling = (call: string) => ({
  workflow: `on: push
jobs:
  c: { uses: ./called.yml, ${call} }
  j: { needs: c, runs-on: x, steps: [{ run: 'echo "said \${{ needs.c.outputs.said }}."' }] }
`,
  files: { 'called.yml': called },
  options: { secrets: { KEY: 'obviously-fake' } },
});

const asked: JobIdentity[] = [];
const openJob = (identity: JobIdentity) => {
  asked.push(identity);
  return { token: 'fake-token', stepEnv: {}, actionEnv: {}, idTokenEnv: {} };
};

const cancelTiming = { interruptMs: 50, terminateMs: 50, forceMs: 5_000 };

/** Each key that does something. */
export const SUPPORTED: Readonly<Record<string, Scenario>> = {
  name: { workflow: `name: N\n${one('')}`, holds: ({ result }) => expect(result.name).toBe('N') },
  'run-name': {
    workflow: `run-name: "By \${{ github.actor }}"\n${one('')}`,
    holds: ({ result }) => expect(result.runName).toBe('By octocat'),
  },
  description: { workflow: `description: D\n${one('')}`, holds: jobs('j: success') },
  on: { workflow: one('').replace('push', '[push, pull_request]'), holds: jobs('j: success') },
  'on.workflow_dispatch.inputs': {
    workflow: one('', '[{ run: \'echo "to ${{ inputs.where }}"\' }]').replace(
      'push',
      '{ workflow_dispatch: { inputs: { where: { default: here } } } }',
    ),
    options: { event: 'workflow_dispatch', inputs: {} },
    holds: logs('to here'),
  },
  'on.workflow_call': { ...calling('with: { word: hello }'), holds: logs('said hello false.') },
  env: {
    workflow: `env: { A: 1, B: 1, C: 1 }\n${one('env: { B: 2, C: 2 }, ', '[{ env: { C: 3 }, run: \'echo "env $A$B$C"\' }]')}`,
    holds: logs('env 123'),
  },
  'defaults.run': {
    workflow: `defaults: { run: { shell: "cat {0}" } }\n${one('', "[{ run: 'not run, shown' }]")}`,
    holds: logs('not run, shown'),
  },
  permissions: {
    workflow: `permissions: { contents: write }\n${one('permissions: { actions: read }, ')}`,
    options: { openJob },
    holds: () => expect(asked.at(-1)?.permissions).toEqual({ actions: 'read' }),
  },
  concurrency: {
    workflow: `on: push
concurrency: whole
jobs:
  a: { concurrency: g, runs-on: x, steps: [{ run: sleep 0.2 }] }
  b: { concurrency: { group: g }, runs-on: x, steps: [{ run: 'true' }] }`,
    options: { maxParallel: 2 },
    holds: apart,
  },
  'jobs.<id>.needs': {
    workflow: `on: push
jobs:
  a: { runs-on: x, steps: [{ run: sleep 0.2 }] }
  b: { needs: a, runs-on: x, steps: [{ run: 'true' }] }`,
    options: { maxParallel: 2 },
    holds: apart,
  },
  'jobs.<id>.if': { workflow: one("if: github.actor == 'nobody', "), holds: jobs('j: skipped') },
  'jobs.<id>.name': {
    workflow: one('name: "Job of ${{ github.actor }}", '),
    holds: jobs('Job of octocat: success'),
  },
  'jobs.<id>.outputs': {
    workflow: one('outputs: { o: "${{ 1 + 1 }}" }, ').replace('1 + 1', "format('{0}!', 'out')"),
    holds: ({ result }) => expect(result.jobs[0]?.outputs).toEqual({ o: 'out!' }),
  },
  'jobs.<id>.runs-on': {
    workflow: one('').replace('runs-on: x', 'runs-on: [self-hosted, big]'),
    holds: jobs('j: success'),
  },
  'jobs.<id>.environment': {
    workflow: one('environment: { name: staging, url: "https://s.example" }, '),
    options: { openJob },
    holds: ({ result }) => {
      expect(result.jobs[0]?.environment).toEqual({ name: 'staging', url: 'https://s.example' });
      expect(asked.at(-1)?.environment).toBe('staging');
    },
  },
  'jobs.<id>.strategy': {
    workflow: one(
      'strategy: { max-parallel: 1, matrix: { n: [0.2, 0] } }, ',
      "[{ run: 'sleep ${{ matrix.n }}' }]",
    ),
    options: { maxParallel: 2 },
    holds: (run) => {
      expect(run.jobs).toEqual(['j (0.2): success', 'j (0): success']);
      apart(run);
    },
  },
  'jobs.<id>.continue-on-error': {
    workflow: one('continue-on-error: true, ', '[{ run: exit 1 }]'),
    holds: ({ result }) => expect(result.result).toBe('success'),
  },
  'jobs.<id>.timeout-minutes': {
    workflow: one('timeout-minutes: 0.005, ', '[{ run: sleep 20 }]'),
    options: { cancelTiming },
    holds: jobs('j: cancelled'),
  },
  'jobs.<id>.uses': { ...calling(''), holds: logs('said none false.') },
  'jobs.<id>.with': { ...calling('with: { word: given }'), holds: logs('said given false.') },
  'jobs.<id>.secrets': { ...calling('secrets: inherit'), holds: logs('said none true.') },
  'steps[*].run': { workflow: job('- run: echo one; echo two'), holds: logs('one\ntwo') },
  'steps[*].shell': { workflow: job("- { shell: python, run: 'print(6 * 7)' }"), holds: logs('\n42') },
  'steps[*].working-directory': {
    workflow: job('- run: mkdir deep\n- { working-directory: deep, run: basename "$PWD" }'),
    holds: logs('\ndeep\n'),
  },
  'steps[*].uses': {
    workflow: job('- uses: actions/checkout@v6\n- uses: ./a'),
    files: {
      'a/action.yml':
        'name: A\ndescription: A\nruns: { using: composite, steps: [{ shell: bash, run: echo composed }] }\n',
    },
    holds: logs('\ncomposed\n'),
  },
  'steps[*].with': {
    workflow: job('- uses: actions/checkout@v6\n- { uses: ./a, with: { word: given } }'),
    files: {
      'a/action.yml': `name: A
description: A
inputs: { word: { description: W } }
runs: { using: composite, steps: [{ shell: bash, run: 'echo "word \${{ inputs.word }}"' }] }
`,
    },
    holds: logs('\nword given\n'),
  },
  'steps[*].id': {
    workflow: job(
      `- { id: a, run: 'echo "x=1" >> "$GITHUB_OUTPUT"' }\n- run: echo "x is \${{ steps.a.outputs.x }}"`,
    ),
    holds: logs('x is 1'),
  },
  'steps[*].name': { workflow: job("- { name: Named, run: 'true' }"), holds: steps('Named: success') },
  'steps[*].if': { workflow: job("- { name: S, if: false, run: 'true' }"), holds: steps('S: skipped') },
  'steps[*].env': { workflow: job('- { env: { A: step }, run: \'echo "a $A"\' }'), holds: logs('a step') },
  'steps[*].continue-on-error': {
    workflow: job('- { name: S, continue-on-error: true, run: exit 1 }'),
    holds: ({ result }) =>
      expect(result.jobs[0]?.steps[0]).toMatchObject({ result: 'success', outcome: 'failure' }),
  },
  'steps[*].timeout-minutes': {
    workflow: job('- { name: S, timeout-minutes: 0.005, run: sleep 20 }'),
    options: { cancelTiming },
    holds: steps('S: failure'),
  },
};

/** Each key that is refused. */
export const REFUSED: Readonly<Record<string, string>> = {
  'jobs.<id>.container': one('container: node, '),
  'jobs.<id>.services': one('services: { db: postgres }, '),
  'jobs.<id>.snapshot': one('snapshot: image, '),
  'jobs.<id>.cancel-timeout-minutes': one('cancel-timeout-minutes: 1, '),
  'steps[*].background': job("- { run: 'true', background: true }"),
  'steps[*].wait': job('- { wait: a }'),
  'steps[*].wait-all': job('- { wait-all: true }'),
  'steps[*].cancel': job('- { cancel: a }'),
  'steps[*].parallel': job("- { parallel: [{ run: 'true' }] }"),
  '${{ insert }}': one('env: { "${{ insert }}": "${{ github }}" }, '),
};
