import { expect, test } from '@jest/globals';

import { inOptions } from './words.ts';

test.each([
  ['input "dry-run": expected true or false', '--dry-run: expected true or false'],
  ['set the input `deployment-id` or `environment`', 'set --deployment-id or --environment'],
  [
    'name another file in the input `config`, or run `sophia init`',
    'name another file in --config, or run `sophia init`',
  ],
  ['set `environment` (at a terminal: --environment) to one', 'set `environment` to one'],
  ['input "github-secrets": line 1 is wrong', 'SOPHIA_GITHUB_SECRETS: line 1 is wrong'],
  ['set `esc.environment` in the configuration', 'set `esc.environment` in the configuration'],
])('%j is %j at a terminal', (inJob, atTerminal) => {
  expect(inOptions(inJob)).toBe(atTerminal);
});
