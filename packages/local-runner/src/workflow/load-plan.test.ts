import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SophiaError } from '@sophia/core/errors';
import { makeFolder } from '../test-run.ts';
import { loadPlan } from './load-plan.ts';

/** The lines of the error with which a workflow is refused. */
function refusals(
  workflow: string,
  repository: Record<string, string> = {},
  actions: Record<string, string> = {},
): string[] {
  const repositoryDirectory = makeFolder({ ...repository, 'w.yml': workflow });
  const folder = makeFolder(actions);
  const places = {
    actionsRepository: 'ai-cherry/sophia-actions',
    actionsAt: () => folder,
    repository: 'octo/demo',
    repositoryDirectory,
  };
  try {
    loadPlan(join(repositoryDirectory, 'w.yml'), 'w.yml', places);
    return [];
  } catch (error) {
    if (!(error instanceof SophiaError)) throw error;
    return error.message.split('\n').map((line) => line.replace(repositoryDirectory, 'REPO'));
  }
}

const steps = "steps: [{ run: 'true' }]";

describe('a workflow is refused before anything runs', () => {
  test('with every unsupported or unknown key at its line and column, together', () => {
    expect(
      refusals(`on: push
colour: red
jobs:
  a:
    runs-on: x
    container: node:24
    services: { db: postgres }
    cancel-timeout-minutes: 3
    snapshot: image
    steps:
      - run: 'true'
        retry: 3
      - run: 'true'
        background: true
      - parallel: [{ run: 'true' }]
      - uses: docker://alpine
      - uses: someone/unknown-action@v1
      - uses: actions/checkout@v4
        with: { sparse: x }
      - uses: ai-cherry/sophia-actions/no-such@v1
      - uses: not-a-reference
      - if: \${{ secrets.TOKEN != '' }}
        run: 'true'
      - run: echo \${{ nothing.there }} \${{ unknown(1) }}
        shell: fish
  b: { needs: [a, missing], runs-on: x, ${steps} }
  c: { needs: d, runs-on: x, ${steps} }
  d: { needs: c, runs-on: x, ${steps} }
  9e: { runs-on: [windows-2025], ${steps} }
  f: { runs-on: x, steps: [{ id: s, run: 'true' }, { id: S, run: 'true' }, { id: '1x', run: 'true' }] }
`),
    ).toEqual([
      "w.yml:2:1: Unexpected value 'colour'",
      "w.yml:6:5: the job key 'container' is not supported locally",
      "w.yml:7:5: the job key 'services' is not supported locally",
      "w.yml:8:5: the job key 'cancel-timeout-minutes' is not supported locally",
      "w.yml:9:5: the job key 'snapshot' is not supported locally",
      "w.yml:12:9: Unexpected value 'retry'",
      "w.yml:14:9: Unexpected value 'background'",
      "w.yml:15:9: the step key 'parallel' is not supported locally",
      "w.yml:16:9: 'docker://alpine' is not supported locally",
      "w.yml:17:9: the action 'someone/unknown-action' has no local equivalent",
      "w.yml:19:17: actions/checkout: the input 'sparse' is not supported locally",
      expect.stringMatching(/^w\.yml:20:9: 'ai-cherry\/sophia-actions\/no-such@v1' has no action\.yml in /),
      "w.yml:21:9: 'not-a-reference' is not supported locally",
      "w.yml:22:13: Unrecognized named-value: 'secrets'",
      "w.yml:24:19: Unrecognized named-value: 'nothing'",
      "w.yml:24:40: Unrecognized function: 'unknown'",
      "w.yml:25:16: the shell 'fish' is not supported locally",
      "w.yml:26:3: the job 'b' needs 'missing', which does not exist",
      "w.yml:27:3: the job 'c' needs itself, by way of its needs",
      "w.yml:28:3: the job 'd' needs itself, by way of its needs",
      "w.yml:29:3: '9e' is not a valid job id",
      'w.yml:29:19: there is no Windows here: it has none of its shells',
      "w.yml:30:52: the step id 'S' is used twice",
      "w.yml:30:82: '1x' is not a valid step id",
    ]);
  });

  test('with what is wrong in the actions and workflows that it calls', () => {
    const called = `on:
  workflow_call:
    inputs: { level: { type: string, required: true } }
    secrets: { key: { required: true } }
jobs:
  inner: { runs-on: x, permissions: { contents: write, id-token: write }, ${steps} }
  broken: { runs-on: x, steps: [{ uses: $/bad }] }
`;
    const files = {
      '.github/workflows/called.yml': called,
      'bad/action.yml': 'name: B\ndescription: B\nruns: { using: docker, image: x }\n',
      'early/action.yml': 'name: E\ndescription: E\nruns: { using: node24, pre: p.js, main: m.js }\n',
      'odd/action.yml': 'name: O\nruns:\n  using: composite\n  steps:\n    - run: echo\n',
      'both/action.yml':
        'name: C\ndescription: C\nruns: { using: composite, steps: [{ uses: $/bad }, { uses: a/b@v1 }, { uses: $/early }] }\n',
    };
    expect(
      refusals(
        `on: push
permissions: { contents: read }
jobs:
  a: { uses: ai-cherry/sophia-actions/.github/workflows/called.yml@v1, with: { level: 1 }, secrets: { key: k } }
  b: { uses: ai-cherry/sophia-actions/.github/workflows/called.yml@v1, with: { level: 1, more: 2 }, secrets: { key: k } }
  c: { uses: ai-cherry/sophia-actions/.github/workflows/called.yml@v1 }
  d: { uses: ai-cherry/sophia-actions/.github/workflows/called.yml@v1, with: { level: 1 } }
  e: { uses: other/repo/.github/workflows/x.yml@v1 }
  f: { uses: ./.github/workflows/absent.yml }
  g: { uses: ./w.yml }
  h: { runs-on: x, steps: [{ uses: ai-cherry/sophia-actions/both@v1 }, { uses: ai-cherry/sophia-actions/odd@v1 }] }
`,
        {},
        files,
      ),
    ).toEqual([
      ".github/workflows/called.yml:6:3: the job 'inner' asks for contents: write, id-token: write, more than its caller's permissions allow",
      "bad/action.yml:3:7: actions that run on 'docker' are not supported locally",
      "both/action.yml:3:52: the action 'a/b' has no local equivalent",
      "both/action.yml:3:70: '$/early' has a pre stage: not in a composite action",
      'odd/action.yml:1:1: Required property is missing: description',
      'odd/action.yml:5:7: Required property is missing: shell',
      "w.yml:5:3: 'ai-cherry/sophia-actions/.github/workflows/called.yml@v1' has no input 'more'",
      "w.yml:6:3: 'ai-cherry/sophia-actions/.github/workflows/called.yml@v1' requires the input 'level'",
      "w.yml:7:3: 'ai-cherry/sophia-actions/.github/workflows/called.yml@v1' requires the secret 'key'",
      "w.yml:8:3: the workflow 'other/repo/.github/workflows/x.yml@v1' is not on this machine",
      "w.yml:9:3: './.github/workflows/absent.yml' is not there: REPO/.github/workflows/absent.yml",
      "w.yml:10:3: './w.yml' has no workflow_call trigger",
    ]);
  });

  test('that calls itself without end', () => {
    const loop = `on: { workflow_call: }\njobs:\n  again: { uses: ./loop.yml }\n`;
    expect(refusals('on: push\njobs:\n  a: { uses: ./loop.yml }\n', { 'loop.yml': loop })).toEqual([
      'loop.yml:3:3: more than 10 levels of reusable workflows',
    ]);
  });

  test('that is no YAML', () => {
    expect(refusals('on: push\njobs: {a: b: c}\n')).toEqual([expect.stringMatching(/^w\.yml:2:\d+: .+/)]);
  });

  test('whose action leaves its repository', () => {
    expect(refusals('on: push\njobs:\n  a: { runs-on: x, steps: [{ uses: $/../../etc }] }\n')).toEqual([
      "w.yml:3:28: '$/../../etc' leaves its repository",
    ]);
    expect(existsSync('/etc')).toBe(true); // it would have been found
  });
});

test('filters of triggers are accepted', () => {
  expect(
    refusals(`on:
  push: { branches: [main], paths-ignore: ['docs/**'] }
  pull_request: { types: [opened] }
  schedule: [{ cron: '0 3 * * *' }]
jobs:
  a: { runs-on: x, ${steps} }`),
  ).toEqual([]);
});
