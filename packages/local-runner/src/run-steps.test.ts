import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { job, runText } from './test-run.ts';

describe('steps', () => {
  test('after a failure only steps run whose condition says so', async () => {
    const run = await runText(
      job(`- { name: ok, run: 'true' }
- { name: bad, id: bad, run: kill -9 $$ }
- { name: next, run: 'true' }
- { name: on failure, if: failure(), run: 'true' }
- { name: always, if: always(), run: 'true' }
- { name: by id, if: "always() && steps.bad.outcome == 'failure'", run: 'true' }
- { name: not cancelled, if: cancelled(), run: 'true' }`),
    );
    expect(run.steps('j')).toEqual([
      'ok: success',
      'bad: failure',
      'next: skipped',
      'on failure: success',
      'always: success',
      'by id: success',
      'not cancelled: skipped',
    ]);
    expect(run.result.jobs[0]?.annotations).toEqual([
      { level: 'error', message: 'Process completed with exit code 137.' },
    ]);
  });

  test('the shells have the flags of the real runner', async () => {
    const run = await runText(
      job(`- { name: default, run: 'false | true; echo default survives' }
- { name: bash, id: bash, continue-on-error: true, shell: bash, run: 'false | true; echo unreachable' }
- { name: sh, shell: sh, run: 'echo "$0" | grep -q "\\.sh$"' }
- { name: python, shell: 'python3 {0}', run: 'import os; print("python", os.environ["GITHUB_JOB"])' }
- { if: "steps.bash.outcome == 'failure'", name: piped, run: 'true' }`),
    );
    expect(run.log('j')).toContain('default survives');
    expect(run.log('j')).not.toContain('unreachable');
    expect(run.log('j')).toContain('python j');
    expect(run.steps('j').at(-1)).toBe('piped: success');
  });

  test('defaults, working directories and environments apply from the outside in', async () => {
    const run = await runText(
      `on: push
env: { A: workflow, B: workflow, C: workflow }
defaults: { run: { shell: sh, working-directory: sub } }
jobs:
  j:
    runs-on: x
    env: { B: job }
    defaults: { run: { working-directory: sub/deep } }
    steps:
      - { run: mkdir -p sub/deep, working-directory: . }
      - { run: 'echo "$(basename "$PWD") $A $B $C"', env: { A: step, C: '\${{ env.A }}-\${{ env.B }}' } }
      - { run: 'echo "shell $0"' }
      - { run: 'true', working-directory: nowhere }`,
    );
    expect(run.log('j')).toContain('deep step job workflow-job');
    expect(run.log('j')).toMatch(/shell .*\.sh/);
    expect(run.log('j')).toContain("the working directory 'nowhere' does not exist");
  });

  test('a multi-line script keeps its own indentation when it holds an expression', async () => {
    const run = await runText(
      job(`- run: |
    cat <<END
    ref \${{ github.ref_name }}
      indented
    END
- run: >
    echo folded
    \${{ github.job }}`),
    );
    expect(run.log('j')).toContain('\nref main\n  indented\n');
    expect(run.log('j')).toContain('\nfolded j\n');
  });

  test('a step that takes too long fails, a job that takes too long is cancelled', async () => {
    const timing = { interruptMs: 50, terminateMs: 50, forceMs: 5000 };
    const step = await runText(
      job(`- { name: slow, run: sleep 5, timeout-minutes: 0.005 }
- { name: after, if: failure(), run: 'true' }`),
      {},
      { cancelTiming: timing },
    );
    expect(step.steps('j')).toEqual(['slow: failure', 'after: success']);
    expect(step.log('j')).toContain("The action 'slow' has timed out after 0.005 minutes.");
    const whole = await runText(
      job(
        `- { name: slow, run: sleep 5 }
- { name: after, if: always(), run: 'true' }`,
        '    timeout-minutes: 0.01\n',
      ),
      {},
      { cancelTiming: timing },
    );
    expect(whole.jobs).toEqual(['j: cancelled']);
    expect(whole.steps('j')).toEqual(['slow: cancelled', 'after: success']);
  });

  test('hashFiles sees the workspace', async () => {
    const run = await runText(
      job(`- { run: 'mkdir d && echo a > d/a.txt && echo b > b.md' }
- run: 'echo "one=\${{ hashFiles(''d/**'') }} none=\${{ hashFiles(''*.nothing'') }}."'`),
    );
    // sha256(sha256("a\\n")) as @actions/glob computes it
    expect(run.log('j')).toMatch(/one=[0-9a-f]{64} none=\./);
  });
});

describe('what steps tell the runner', () => {
  test('commands set masks, outputs, annotations and groups', async () => {
    const run = await runText(
      job(`- id: c
  run: |
    echo "::add-mask::hush-hush"
    echo "say hush-hush"
    echo "::set-output name=old::value"
    echo "::warning file=a.ts,line=3,title=T%2C::careful%0Anow"
    echo "::error::broken"
    echo "::notice::noted"
    echo "::debug::hidden"
    echo "::group::G"
    echo "##[error]as brackets"
    echo "::unknown::stays"
    token=$RANDOM$RANDOM
    echo "::stop-commands::$token"
    echo "::error::not obeyed"
    echo "::$token::"
    echo "::error::obeyed again"
- run: test "\${{ steps.c.outputs.old }}" = value
- { id: env, continue-on-error: true, run: 'echo "::set-env name=X::1"' }
- { id: weak, continue-on-error: true, run: 'echo "::stop-commands::warning"' }
- { if: "steps.env.outcome != 'failure' || steps.weak.outcome != 'failure'", run: exit 1 }`),
    );
    expect(run.jobs).toEqual(['j: success']);
    const messages =
      run.result.jobs[0]?.annotations.map(({ level, message }) => `${level}: ${message}`) ?? [];
    expect(messages.slice(0, 6)).toEqual([
      expect.stringContaining('warning: The `set-output` command is deprecated'),
      'warning: careful\nnow',
      'error: broken',
      'notice: noted',
      'error: as brackets',
      'error: obeyed again',
    ]);
    expect(run.result.jobs[0]?.annotations[1]).toEqual({
      level: 'warning',
      message: 'careful\nnow',
      title: 'T,',
      file: 'a.ts',
      line: 3,
    });
    const log = run.log('j');
    expect(log).toContain('say ***');
    expect(log).toContain('::unknown::stays');
    expect(log).toContain('::error::not obeyed');
    expect(log).not.toContain('hidden');
    expect(messages.join()).toContain('The `set-env` command is disabled.');
  });

  test('files with broken content fail the step, and NODE_OPTIONS is refused', async () => {
    const run = await runText(
      job(`- { name: no delimiter, continue-on-error: true, id: a, run: 'printf "x<<END\\nvalue\\n" >> "$GITHUB_OUTPUT"' }
- { name: no form, continue-on-error: true, id: b, run: 'echo plain >> "$GITHUB_ENV"' }
- { name: node options, continue-on-error: true, id: c, run: 'echo NODE_OPTIONS=--require=evil >> "$GITHUB_ENV"' }
- run: echo "\${{ steps.a.outcome }} \${{ steps.b.outcome }} \${{ steps.c.outcome }} [$NODE_OPTIONS]"`),
    );
    expect(run.log('j')).toContain('failure failure failure []');
  });

  test('summaries are kept for the job, without secrets', async () => {
    const run = await runText(
      job(`- run: echo "one \${{ secrets.TOKEN }}" >> "$GITHUB_STEP_SUMMARY"
- run: echo two >> "$GITHUB_STEP_SUMMARY"
- run: head -c 1100000 /dev/zero | tr '\\0' x >> "$GITHUB_STEP_SUMMARY"`),
      {},
      { secrets: { TOKEN: 'obviously-fake' } },
    );
    expect(readFileSync(join(run.out, 'summaries', 'j.md'), 'utf8')).toBe('one ***\n\ntwo\n');
    expect(run.result.jobs[0]?.annotations[0]?.message).toContain('supports content up to a size of 1024k');
  });
});

test('nothing of a run stays in the temporary folder', async () => {
  const run = await runText(job('- run: echo "at $RUNNER_TEMP" && touch "$RUNNER_TEMP/left"'));
  const temp =
    /at (.*)/.exec(
      run
        .log('j')
        .split('\n')
        .find((line) => line.startsWith('at ')) ?? '',
    )?.[1] ?? '';
  expect(temp).not.toBe('');
  expect(existsSync(temp)).toBe(false);
});
