import { writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { isRunning, makeWorkspace, noted, until } from './deploy-phase-workspace.ts';

const inputs = { 'deployment-id': 'd1' };

describe('a hostile step', () => {
  test('whose output holds workflow commands and markup gives the runner none', async () => {
    const lines = [
      '::set-output name=a::b',
      '  ::add-mask::x',
      '##[error]no',
      '::stop-commands::token',
      '<script>@team',
    ];
    const run = lines.map((line) => `echo '${line}'`).join('; ');
    const work = await makeWorkspace({
      phases: [{ name: 'p', steps: [{ name: 's', run: `${run}; exit 1`, undo: 'none' }] }],
    });
    const { stdout, summary } = await work.deploy({ inputs });
    const commands = stdout.split('\n').filter((line) => /^\s*::|##\[/.test(line));
    expect(commands.filter((line) => !/^::(warning|error|notice)/.test(line))).toEqual([]);
    expect(summary).not.toMatch(/^<script>/m);
  });

  test.each([
    [
      'a name that it made up',
      'echo "EVIL=1" >> "$SOPHIA_OUTPUT"; echo "ok=2" >> "$SOPHIA_OUTPUT"',
      'success',
    ],
    ['a block without an end', 'printf "ok<<EOF\\nvalue\\n" >> "$SOPHIA_OUTPUT"', 'rolled-back'],
    ['a block that holds another entry', 'printf "ok<<EOF\\nEVIL=1\\nEOF\\n" >> "$SOPHIA_OUTPUT"', 'success'],
    ['a pipe in its place', 'rm "$SOPHIA_OUTPUT"; mkfifo "$SOPHIA_OUTPUT"', 'success'],
    ['two megabytes', 'head -c 2000000 /dev/zero | tr "\\0" a > "$SOPHIA_OUTPUT"', 'rolled-back'],
    ['a secret', 'echo "ok=$API_TOKEN" >> "$SOPHIA_OUTPUT"', 'rolled-back'],
    ['a secret in base64', 'echo "ok=$(printf %s "$API_TOKEN" | base64)" >> "$SOPHIA_OUTPUT"', 'rolled-back'],
  ])('whose outputs are %s ends well or is refused', async (_, run, status) => {
    const step = { name: 's', run, outputs: ['ok'], secrets: ['API_TOKEN'], undo: 'none' };
    const after = { name: 'after', run: 'env > after.env', undo: 'none' };
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [step, after] }] });
    const { outputs } = await work.deploy({ inputs, variables: { API_TOKEN: 'planted-secret-1a2b3c' } });
    expect(outputs['status']).toBe(status);
    expect(await work.read('logs/deployments/d1.jsonl')).not.toContain('planted-secret');
    if (status === 'success') expect(await work.read('after.env')).not.toMatch(/^(EVIL|\S*_EVIL)=/m);
  });

  test('that ignores SIGTERM is killed with its children after its timeout', async () => {
    const run = "trap '' TERM; (trap '' TERM; sleep 300) & echo $! > child.pid; while :; do sleep 1; done";
    const work = await makeWorkspace({
      phases: [{ name: 'p', steps: [noted('s', { run, timeout: '1s' })] }],
    });
    const { outputs, durationMs } = await work.deploy({ inputs });
    expect(outputs['status']).toBe('rolled-back');
    expect(durationMs).toBeLessThan(15_000);
    const child = Number(await work.read('child.pid'));
    await until(async () => !(await isRunning(child)));
    expect((await work.report('d1')).items[0]).toMatchObject({ category: 'timeout' });
  });

  test('that forks and exits holds nobody up, and its child lives on', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', steps: [{ name: 's', run: 'sleep 20 & echo $! > child.pid', undo: 'none' }] }],
    });
    const { exitCode, durationMs } = await work.deploy({ inputs });
    expect(exitCode).toBe(0);
    expect(durationMs).toBeLessThan(8_000);
    const child = Number(await work.read('child.pid'));
    process.kill(child, 'SIGKILL');
  });

  test('that floods its output without a newline costs neither memory nor disk', async () => {
    const run = 'head -c 200000000 /dev/zero | tr "\\0" x; echo; echo the end';
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [{ name: 's', run, undo: 'none' }] }] });
    const { exitCode, stdout } = await work.deploy({ inputs });
    expect(exitCode).toBe(0);
    expect(stdout.length).toBeLessThan(1_200_000);
    expect((await work.read('logs/deployments/d1.log')).length).toBeLessThan(18_000_000);
  });

  test('whose environment is too large fails alone, with its reason', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            noted('a'),
            { name: 'big', run: 'true', env: { BIG: 'x'.repeat(1_000_000) }, undo: 'none' },
          ],
        },
      ],
    });
    const { outputs, stdout } = await work.deploy({ inputs });
    expect(outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'p/big' });
    expect(stdout).toContain('cannot be started');
    expect(await work.world()).toEqual(['+a', '-a']);
  });

  test('an undo that hangs is ended by its timeout, and the others run', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            noted('a'),
            noted('b', { undo: 'sleep 300', timeout: '1s' }),
            { name: 'bad', run: 'false' },
          ],
        },
      ],
    });
    const { outputs } = await work.deploy({ inputs });
    expect(outputs['status']).toBe('rollback-failed');
    expect(await work.world()).toEqual(['+a', '+b', '-a']);
  });

  test('a secret at the place where a long line is cut is hidden all the same', async () => {
    const secret = 'planted-secret-at-the-cut';
    const steps = [16_370, 16_380, 16_384].map((length, index) => ({
      name: `s${index}`,
      run: `head -c ${length} /dev/zero | tr "\\0" x; printf %s "$API_TOKEN"; head -c 40000 /dev/zero | tr "\\0" y; echo`,
      secrets: ['API_TOKEN'],
      undo: 'none',
    }));
    const work = await makeWorkspace({ phases: [{ name: 'p', steps }] });
    const { stdout } = await work.deploy({ inputs, variables: { API_TOKEN: secret } });
    const log = await work.read('logs/deployments/d1.log');
    for (const text of [stdout.replaceAll(`::add-mask::${secret}`, ''), log]) {
      expect(/planted|at-the-cut/.test(text)).toBe(false);
      expect(text.match(/\*\*\*/g)).toHaveLength(3);
    }
  });
});

describe('a full disk', () => {
  test('stops the deployment where it can no longer be journaled; a later run rolls it back', async () => {
    const steps = Array.from({ length: 40 }, (_, index) => noted(`s${index}`));
    const work = await makeWorkspace({ phases: [{ name: 'p', steps }] });
    // No file may grow beyond 20 KB: the same error for us as a full disk, without one.
    const full = work.path('full-disk');
    await writeFile(full, `#!/bin/bash\ntrap '' XFSZ\nulimit -f 20\nexec '${process.execPath}' "$@"\n`, {
      mode: 0o755,
    });
    const run = await work.deploy({ inputs, node: full });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/::error( title=\w+)?::the journal .* cannot be written/);
    expect(run.stdout).not.toContain('this is a bug');
    const done = (await work.world()).length;
    expect(done).toBeGreaterThan(5);
    expect(done).toBeLessThan(40);
    const back = await work.deploy({ inputs: { ...inputs, phase: 'rollback' } });
    expect(back).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    const world = await work.world();
    expect(world.slice(done)).toEqual(
      world
        .slice(0, done)
        .toReversed()
        .map((word) => word.replace('+', '-')),
    );
  });
});
