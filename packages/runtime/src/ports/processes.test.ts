import { expect, test } from '@jest/globals';

import { runProgram } from './processes.ts';

const node = (script: string) =>
  runProgram({
    words: [process.execPath, '-e', script],
    directory: '.',
    variables: { PATH: process.env['PATH'] },
    timeoutMs: 20_000,
  });

test('of a flood the beginning and the end are kept, and no line is begun in its midst', async () => {
  const { exitCode, stdout, stderr } = await node(
    `const line = 'x'.repeat(99) + '\\n';
     process.stdout.write('first\\n' + line.repeat(30_000) + 'the reason\\n', () => process.exit(3));
     process.stderr.write('short ü\\n');`,
  );
  const lines = stdout.trimEnd().split('\n');
  expect([exitCode, lines[0], lines.at(-1), stderr]).toEqual([3, 'first', 'the reason', 'short ü\n']);
  expect(stdout.length).toBeLessThan(1_100_000);
  expect(new Set(lines.slice(-600, -1))).toEqual(new Set(['x'.repeat(99)]));
});

test('a flood without a line ends where its beginning ends', async () => {
  const { stdout } = await node(`process.stdout.write('x'.repeat(3_000_000) + 'tail')`);
  expect(stdout).toMatch(/^x{1000000}\n$/);
});

test.each([
  [['no-such-program-of-ours'], '.', 'no-such-program-of-ours is not in PATH'],
  [['./none.sh'], '.', './none.sh does not exist'],
  [[process.execPath, '-v'], '/no/such/folder', 'the folder /no/such/folder does not exist'],
] as const)('%j in %s is 127, with the reason', async (words, directory, reason) => {
  const end = await runProgram({ words: [...words], directory, variables: {}, timeoutMs: 5_000 });
  expect(end).toEqual({ exitCode: 127, stdout: '', stderr: reason, timedOut: false });
});
