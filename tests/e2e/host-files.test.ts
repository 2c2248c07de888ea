import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { runBundle } from './run-bundle.ts';

test('a file of the runner that cannot be written is an error with a hint, not a bug', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-host-'));
  const run = await runBundle({
    action: 'health-gate',
    directory,
    inputs: { 'config-inline': 'checks: {}' },
    variables: { GITHUB_OUTPUT: '/dev/full' },
  });
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(
    /::error title=environment::a file of the runner cannot be written: ENOSPC.*hint: free some space/,
  );
  expect(run.stdout).not.toContain('this is a bug');
});
