import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { makeFolder, newFolder, runText } from './test-run.ts';

const QUICK = { interruptMs: 150, terminateMs: 150, forceMs: 20_000 };

const actions = {
  'wait/action.yml': 'name: W\ndescription: W\nruns: { using: node24, main: main.js, post: post.js }\n',
  'wait/main.js': `
process.on('SIGINT', () => { console.log('got SIGINT'); });
process.on('SIGTERM', () => { console.log('got SIGTERM'); });
setInterval(() => {}, 1000);
console.log('waiting');`,
  'wait/post.js': `console.log('post runs')`,
};

/** Cancels a run as soon as a line of its output says so. */
function cancelOn(line: string) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event: { type: string; text?: string }) => {
      if (event.type === 'line' && event.text === line) controller.abort();
    },
  };
}

async function waitUntilGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (!existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
      return true;
    await sleep(20);
  }
  return false;
}

describe('a cancelled run', () => {
  test('interrupts, terminates and kills the running step, then runs what must still run', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { name: wait, uses: ai-cherry/sophia-actions/wait@v1 }
      - { name: next, run: 'true' }
      - { name: on cancel, if: cancelled(), run: 'true' }
      - { name: on failure, if: failure(), run: 'true' }
      - { name: always, if: always(), run: sleep 0.3 }
  later: { needs: j, runs-on: x, steps: [{ run: 'true' }] }
  cleanup: { needs: later, if: always(), runs-on: x, steps: [{ run: 'true' }] }`,
      {},
      { actionsDirectory: makeFolder(actions), cancelTiming: QUICK, ...cancelOn('waiting') },
    );
    expect(run.result.result).toBe('cancelled');
    expect(run.jobs).toEqual(['j: cancelled', 'later: skipped', 'cleanup: success']);
    expect(run.steps('j')).toEqual([
      'wait: cancelled',
      'next: skipped',
      'on cancel: success',
      'on failure: skipped',
      'always: success',
      'Post Run ai-cherry/sophia-actions/wait@v1: success'.replace(
        'Run ai-cherry/sophia-actions/wait@v1',
        'wait',
      ),
    ]);
    const log = run.log('j');
    expect(log.indexOf('got SIGINT')).toBeLessThan(log.indexOf('got SIGTERM'));
    expect(log).toContain('got SIGTERM');
    expect(log).toContain('post runs');
    expect(run.result.jobs[0]?.steps[0]?.durationMs).toBeGreaterThanOrEqual(290);
  });

  test('leaves a step alone whose condition still holds', async () => {
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { if: always(), run: 'echo now; sleep 0.4; echo finished' }`,
      {},
      { cancelTiming: QUICK, ...cancelOn('now') },
    );
    expect(run.log('j')).toContain('finished');
    expect(run.jobs).toEqual(['j: cancelled']);
  });

  test('ends by force when a job does not', async () => {
    const started = Date.now();
    const run = await runText(
      `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { if: always(), run: 'trap "" INT TERM; echo now; while true; do sleep 0.1; done' }
      - { if: always(), name: never, run: 'true' }`,
      {},
      { cancelTiming: { interruptMs: 100, terminateMs: 100, forceMs: 300 }, ...cancelOn('now') },
    );
    expect(run.steps('j').at(-1)).toBe('never: skipped');
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('still starts a job that waits for its turn, if its condition holds', async () => {
    const run = await runText(
      `on: push
jobs:
  a: { runs-on: x, steps: [{ run: 'echo now; sleep 5' }] }
  b: { runs-on: x, if: always(), steps: [{ run: 'true' }] }
  c: { runs-on: x, steps: [{ run: 'true' }] }`,
      {},
      { maxParallel: 1, cancelTiming: QUICK, ...cancelOn('now') },
    );
    expect(run.jobs).toEqual(['a: cancelled', 'b: success', 'c: cancelled']);
  });

  test('that was cancelled before it began runs nothing', async () => {
    const run = await runText(
      `on: push
jobs:
  j: { runs-on: x, steps: [{ run: 'true' }] }`,
      {},
      { signal: AbortSignal.abort() },
    );
    expect(run.jobs).toEqual(['j: cancelled']);
  });
});

describe('processes that a job leaves behind', () => {
  test('live from step to step, and are killed at the end of the job', async () => {
    const run = await runText(`on: push
jobs:
  j:
    runs-on: x
    steps:
      - run: setsid sleep 300 > /dev/null 2>&1 < /dev/null & echo "pid=$!" > "$RUNNER_TEMP/pid"; sleep 0.2
      - run: cat "$RUNNER_TEMP/pid"; pgrep -f "sleep 300" > /dev/null
      - run: python3 -c 'import os,sys; os.fork() and sys.exit(0); os.setsid(); os.fork() and sys.exit(0); os.execvp("sleep", ["sleep", "301"])' > /dev/null 2>&1; sleep 0.4`);
    expect(run.jobs).toEqual(['j: success']);
    const reaped = [...run.log('j').matchAll(/Terminate orphan process: pid \((\d+)\)/g)].map(([, pid]) =>
      Number(pid),
    );
    expect(reaped).toHaveLength(2);
    for (const pid of reaped) expect(await waitUntilGone(pid)).toBe(true);
  });

  test('that hold the output of a step delay it by no more than the runner does', async () => {
    const run = await runText(`on: push
jobs:
  j: { runs-on: x, steps: [{ run: 'sleep 60 & echo started' }] }`);
    const [step] = run.result.jobs[0]?.steps ?? [];
    expect(step?.result).toBe('success');
    expect(step?.durationMs).toBeLessThan(7000);
    expect(run.log('j')).toContain('Terminate orphan process');
  });
});

test('nothing outlives a runner that ends in the middle', async () => {
  const repository = makeFolder({
    '.github/workflows/w.yml': `on: push
jobs:
  j:
    runs-on: x
    steps:
      - run: setsid sleep 310 > /dev/null 2>&1 < /dev/null & echo "$!" > pid
      - run: 'sleep 311 & echo "pids $$ $! $(cat pid)"; wait'`,
  });
  const program = join(
    dirname(fileURLToPath(import.meta.url)),
    '..',
    'fixtures',
    'programs',
    'end-abruptly.ts',
  );
  const args = ['--no-warnings', program, repository, newFolder('sophia-out-')];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(status).toBe(3);
  const pids = stdout.split(' ').slice(1).map(Number);
  expect(pids).toHaveLength(3);
  for (const pid of pids) expect(await waitUntilGone(pid)).toBe(true);
});

test('two runs in one process do not see each other’s folders', async () => {
  const workDirectory = newFolder('sophia-work-');
  const text = `on: push
jobs:
  j: { runs-on: x, steps: [{ run: 'ls -A | wc -l; touch mine' }] }`;
  const first = await runText(text, {}, { workDirectory });
  const second = await runText(text, {}, { workDirectory });
  expect([first.log('j'), second.log('j')].every((log) => log.includes('\n0\n'))).toBe(true);
  expect(readdirSync(workDirectory)).not.toContain('j');
});
