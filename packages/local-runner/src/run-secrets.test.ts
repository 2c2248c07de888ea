import { describe, expect, test } from '@jest/globals';
import { job, runText } from './test-run.ts';

describe('secrets', () => {
  test('are hidden in every common form, and never reach another job', async () => {
    const secret = 'fake "pass"\nsecond line';
    const run = await runText(
      `on: push
jobs:
  a:
    runs-on: x
    outputs: { leak: "\${{ steps.s.outputs.leak }}", fine: "\${{ steps.s.outputs.fine }}" }
    steps:
      - id: s
        env: { S: "\${{ secrets.PASSWORD }}" }
        run: |
          echo "$S"
          for prefix in "" x xy; do printf '%s%s' "$prefix" "$S" | base64 -w0; echo; done
          echo "leak=second line" >> "$GITHUB_OUTPUT"
          echo "fine=visible" >> "$GITHUB_OUTPUT"
  b:
    needs: a
    runs-on: x
    steps: [{ run: 'echo "[\${{ needs.a.outputs.leak }}] \${{ needs.a.outputs.fine }}"' }]`,
      {},
      { secrets: { PASSWORD: secret } },
    );
    const log = run.log('a');
    expect(log).not.toContain('second line');
    expect(log).not.toContain('fake "pass"');
    for (const prefix of ['', 'x', 'xy']) {
      // The group of three bytes around the beginning is not the secret's alone.
      const encoded = Buffer.from(prefix + secret)
        .toString('base64')
        .slice(4, -4);
      expect(log).not.toContain(encoded);
    }
    expect(run.log('b')).toContain('[] visible');
    expect(JSON.stringify(run.result)).not.toContain('second line');
    expect(log).toContain("Skip output 'leak' since it may contain secret.");
  });

  test('the job’s token is masked, in every context that has it', async () => {
    const run = await runText(
      `on: push
env: { A: "\${{ github.token }}" }
jobs:
  j:
    runs-on: x
    env: { B: "\${{ secrets.GITHUB_TOKEN }}" }
    steps: [{ run: 'echo "\${#A} \${#B} $A"' }]`,
      {},
      { openJob: () => ({ token: 'fake-job-token', stepEnv: {}, actionEnv: {}, idTokenEnv: {} }) },
    );
    expect(run.log('j')).toContain('14 14 ***');
  });

  test('of this machine do not reach steps', async () => {
    process.env['SOPHIA_TEST_SECRET'] = 'from the shell';
    const run = await runText(job('- run: env | sort'));
    delete process.env['SOPHIA_TEST_SECRET'];
    const log = run.log('j');
    expect(log).not.toContain('from the shell');
    for (const line of [
      'CI=true',
      'GITHUB_ACTIONS=true',
      'GITHUB_REPOSITORY=octo/demo',
      'GITHUB_REF_NAME=main',
      'GITHUB_JOB=j',
      'GITHUB_ACTION=__run',
    ]) {
      expect(log).toContain(`\n${line}\n`);
    }
    expect(log).toMatch(/\nRUNNER_TRACKING_ID=github_[0-9a-f-]{36}\n/);
    expect(log).not.toContain('ACTIONS_RUNTIME_TOKEN');
  });

  test('a fork’s pull request gets none of them, and an id token from nobody', async () => {
    const asked: unknown[] = [];
    const run = await runText(
      `on: pull_request
permissions: { contents: write, id-token: write }
jobs:
  j: { runs-on: x, steps: [{ run: 'echo "[\${{ secrets.PASSWORD }}] [$ACTIONS_ID_TOKEN_REQUEST_URL]"' }] }`,
      {},
      {
        event: 'pull_request',
        payload: { pull_request: { head: { repo: { fork: true } } } },
        secrets: { PASSWORD: 'obviously-fake' },
        openJob: (identity) => {
          asked.push(identity.permissions);
          return {
            token: 'fake-token',
            stepEnv: {},
            actionEnv: {},
            idTokenEnv: { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1' },
          };
        },
      },
    );
    expect(run.log('j')).toContain('[] []');
    expect(asked).toEqual([{ contents: 'read', 'id-token': 'none' }]);
  });
});
