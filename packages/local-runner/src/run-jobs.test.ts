import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runRepository, runText } from './test-run.ts';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures');

describe('a workflow of several jobs', () => {
  test('passes outputs, files, environment and paths from step to step and job to job', async () => {
    const run = await runRepository(join(fixtures, 'basic'), 'ci');
    expect(run.jobs).toEqual(['first: success', 'second: success', 'third: skipped']);
    expect(run.result).toMatchObject({
      event: 'push',
      name: 'Basic',
      runName: 'Basic on main',
      result: 'success',
    });
    expect(run.result.jobs[0]?.outputs).toEqual({ text: 'step-octo/demo', lines: 'a\n  b push' });
    expect(run.log('first')).toContain("quoted 'octocat' and 'first'");
  });

  test('runs independent jobs side by side, and dependent ones after those they need', async () => {
    const run = await runText(
      `on: push
jobs:
  a: { runs-on: x, steps: [{ run: sleep 0.6 }] }
  b: { runs-on: x, steps: [{ run: sleep 0.6 }] }
  c: { needs: [a, b], runs-on: x, steps: [{ run: 'true' }] }`,
      {},
      { maxParallel: 2 },
    );
    const [a, b, c] = run.result.jobs;
    expect(Date.parse(b?.startedAt ?? '') - Date.parse(a?.startedAt ?? '')).toBeLessThan(500);
    expect(Date.parse(c?.startedAt ?? '') - Date.parse(a?.startedAt ?? '')).toBeGreaterThanOrEqual(590);
  });

  test('runs no more jobs at a time than it is told', async () => {
    const run = await runText(
      `on: push
jobs:
  a: { runs-on: x, steps: [{ run: sleep 0.3 }] }
  b: { runs-on: x, steps: [{ run: sleep 0.3 }] }`,
      {},
      { maxParallel: 1 },
    );
    const [a, b] = run.result.jobs;
    expect(Date.parse(b?.startedAt ?? '') - Date.parse(a?.startedAt ?? '')).toBeGreaterThanOrEqual(290);
  });

  test('decides by status functions, which look at all ancestors', async () => {
    const run = await runText(`on: push
jobs:
  bad: { runs-on: x, steps: [{ run: exit 1 }] }
  after-bad: { needs: bad, runs-on: x, steps: [{ run: 'true' }] }
  on-failure: { needs: bad, if: failure(), runs-on: x, steps: [{ run: 'true' }] }
  always: { needs: after-bad, if: always(), runs-on: x, steps: [{ run: 'true' }] }
  after-always: { needs: always, runs-on: x, steps: [{ run: 'true' }] }
  by-result: { needs: bad, if: "!cancelled() && needs.bad.result == 'failure'", runs-on: x, steps: [{ run: 'true' }] }
  not-main: { if: github.ref != 'refs/heads/main', runs-on: x, steps: [{ run: 'true' }] }`);
    expect(run.jobs).toEqual([
      'bad: failure',
      'after-bad: skipped',
      'on-failure: success',
      'always: success',
      'after-always: skipped',
      'by-result: success',
      'not-main: skipped',
    ]);
    expect(run.result.result).toBe('failure');
  });

  test('a tolerated job is a success to others and to the run', async () => {
    const run = await runText(`on: push
jobs:
  flaky: { continue-on-error: true, runs-on: x, steps: [{ run: exit 1 }] }
  next: { needs: flaky, runs-on: x, steps: [{ run: 'true' }] }`);
    expect(run.jobs).toEqual(['flaky: failure', 'next: success']);
    expect(run.result.result).toBe('success');
  });

  test('an expression that cannot be evaluated fails its job', async () => {
    const run = await runText(`on: push
jobs:
  a: { if: "fromJSON('{')", runs-on: x, steps: [{ run: 'true' }] }
  b: { strategy: { matrix: { v: '\${{ fromJSON(''[]'') }}' } }, runs-on: x, steps: [{ run: 'true' }] }
  c: { outputs: { o: "\${{ fromJSON('{') }}" }, runs-on: x, steps: [{ run: echo still here }] }
  d: { env: { E: "\${{ fromJSON('{') }}" }, runs-on: x, steps: [{ run: 'true' }] }`);
    expect(run.jobs).toEqual(['a: failure', 'b: failure', 'c: failure', 'd: failure']);
    expect(run.log('c')).toContain('still here');
    expect(run.log('d')).toContain('##[error]the expression');
    expect(run.result.jobs[1]?.annotations[0]?.message).toContain("the matrix vector 'v' has no values");
  });
});

describe('a matrix', () => {
  test('runs each combination with include and exclude, and merges outputs', async () => {
    const run = await runText(`on: push
jobs:
  m:
    strategy:
      matrix:
        os: [linux, mac]
        version: [1, 2]
        exclude: [{ os: mac, version: 2 }]
        include: [{ os: linux, extra: yes-please }, { os: bsd, version: 9 }]
    runs-on: x
    outputs:
      mac: \${{ matrix.os == 'mac' && steps.s.outputs.v || '' }}
      last: \${{ steps.s.outputs.v }}
    steps:
      - id: s
        run: echo "v=\${{ matrix.os }}-\${{ matrix.version }}-\${{ matrix.extra }}-\${{ strategy.job-total }}" >> "$GITHUB_OUTPUT"
  after:
    needs: m
    runs-on: x
    steps: [{ run: 'echo ''\${{ toJSON(needs.m.outputs) }}''' }]`);
    expect(run.jobs).toEqual([
      'm (linux, 1, yes-please): success',
      'm (linux, 2, yes-please): success',
      'm (mac, 1): success',
      'm (bsd, 9): success',
      'after: success',
    ]);
    expect(run.log('after')).toContain('"mac": "mac-1--4"');
    expect(run.log('after')).toContain('"last": "bsd-9--4"');
  });

  test('stops the other combinations when one fails, unless told otherwise', async () => {
    const matrix = (failFast: boolean): string => `on: push
jobs:
  m:
    strategy: { fail-fast: ${failFast}, matrix: { t: [0, 1] } }
    runs-on: x
    steps: [{ run: 'if [ \${{ matrix.t }} = 0 ]; then exit 1; fi; sleep 1' }]`;
    const timing = { interruptMs: 50, terminateMs: 50, forceMs: 5000 };
    const fast = await runText(matrix(true), {}, { cancelTiming: timing, maxParallel: 2 });
    const slow = await runText(matrix(false), {}, { cancelTiming: timing, maxParallel: 2 });
    expect(fast.jobs).toEqual(['m (0): failure', 'm (1): cancelled']);
    expect(slow.jobs).toEqual(['m (0): failure', 'm (1): success']);
  });
});

test('two combinations never share a folder or a log, whatever their values', async () => {
  const run = await runText(`on: push
jobs:
  m: { strategy: { matrix: { v: [a/b, a b, ../../A-B] } }, runs-on: x, steps: [{ run: 'ls -A; touch x' }] }`);
  expect(run.result.jobs.map(({ log }) => log)).toEqual([
    'logs/m.a-b.txt',
    'logs/m.a-b-2.txt',
    'logs/m.A-B-3.txt',
  ]);
});

describe('concurrency', () => {
  test('a job that waits for the group of its own caller is refused, as GitHub does', async () => {
    const called =
      'on: workflow_call\njobs:\n  i: { concurrency: G, runs-on: x, steps: [{ run: exit 0 }] }\n';
    const run = await runText(
      'on: push\njobs:\n  c: { concurrency: g, uses: ./.github/workflows/called.yml }\n',
      { '.github/workflows/called.yml': called },
    );
    expect(run.result.jobs[0]?.annotations[0]?.message).toContain("waits for the concurrency group 'G'");
  });

  test('runs jobs of one group one after another', async () => {
    const run = await runText(
      `on: push
jobs:
  a: { concurrency: 'g-\${{ github.ref_name }}', runs-on: x, steps: [{ run: sleep 0.3 }] }
  b: { concurrency: { group: g-main, cancel-in-progress: false }, runs-on: x, steps: [{ run: sleep 0.3 }] }`,
      {},
      { maxParallel: 2 },
    );
    const [a, b] = run.result.jobs;
    expect(Date.parse(b?.startedAt ?? '') - Date.parse(a?.startedAt ?? '')).toBeGreaterThanOrEqual(290);
  });
});
