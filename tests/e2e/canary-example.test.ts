// The walk-through of docs/strategies.md, as it stands there: a real canary, its failure, its rollback.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const COMMAND = 'node examples/canary/demo.mjs';

test('the walk-through of the canary shows what its page says', () => {
  const page = readFileSync(join(root, 'docs/strategies.md'), 'utf8');
  expect(page).toContain(COMMAND);
  const [program, ...args] = COMMAND.split(' ');
  expect(program).toBe('node');
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: demoEnvironment() });
  expect([run.status, run.stderr.slice(-2_000)]).toEqual([0, expect.any(String)]);
  const seen = run.stdout.split('\n').filter((line) => line.startsWith('release '));
  const shown = page.split('\n').filter((line) => /^release \d: .* requests failed$/.test(line));
  expect(shown.length).toBe(3);
  expect(seen).toEqual(shown);
  const output = `${run.stdout}${run.stderr}`;
  expect(output).toContain('release 2: 90 %, release 3: 10 %; 6 of 200 requests failed');
  expect(output).toContain('application/canary-10 (undo) | {"stable":"2","canary":"","weight":0}');
  expect(output).toContain('rolled back after application/analysis-10 failed');
}, 120_000);

/** Of the variables of this test, none that a program of jest reads. */
function demoEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}
