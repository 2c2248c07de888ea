import { expect, test } from '@jest/globals';
import { problemOfName, variableOf } from './variable-name.ts';

test.each([
  ['openai_api_key', 'OPENAI_API_KEY'],
  ['database.password', 'DATABASE_PASSWORD'],
  ['aws-prod.key-id', 'AWS_PROD_KEY_ID'],
  ['keys[0]["a.b"]', 'KEYS_0_A_B'],
  ['2fa.seed', '_2FA_SEED'],
])('%s becomes %s', (path, name) => {
  expect(variableOf(path)).toBe(name);
  expect(problemOfName(name)).toBeUndefined();
});

test.each([
  'PATH',
  'Path',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'DYLD_INSERT_LIBRARIES',
  'BASH_ENV',
  'ENV',
  'GITHUB_ENV',
  'RUNNER_TEMP',
  'ACTIONS_RUNTIME_TOKEN',
  'INPUT_TOKEN',
  'STATE_x',
  'PYTHONPATH',
  'PERL5OPT',
  'GIT_SSH_COMMAND',
  'HTTPS_PROXY',
  'no_proxy',
  'JAVA_TOOL_OPTIONS',
])('%s takes a process over', (name) => expect(problemOfName(name)).toBe('takes-over'));

test.each([
  'MY_PATH',
  'ENVIRONMENT',
  'NODE',
  'DIGIT_KEY',
  'PROXY_URL',
  'GITHUB',
  'APP_ENV',
  'OPENAI_API_KEY',
  'HOMEPAGE',
])('%s does not', (name) => expect(problemOfName(name)).toBeUndefined());

test.each(['', '1A', 'A-B', 'A B', 'A=B', 'A\nB', 'Ä'])('%j is no name', (name) => {
  expect(problemOfName(name)).toBe('invalid');
});
