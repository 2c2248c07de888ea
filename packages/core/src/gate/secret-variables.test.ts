import { expect, test } from '@jest/globals';

import { judgeSecretVariables } from './secret-variables.ts';

const rule = { required: true, mask: true };

test('a secret must be there, be no placeholder, and be of its pattern', () => {
  const rules = {
    openai_api_key: rule,
    gong_access_token: rule,
    vercel_token: { ...rule, required: false },
    'database.password': { ...rule, env: 'DB_PASSWORD', pattern: '^.{12,}$' },
    'database.user': { ...rule, pattern: '^[a-z]+$' },
  };
  const variables = { GONG_ACCESS_TOKEN: 'PLACEHOLDER_x', DB_PASSWORD: 'short', DATABASE_USER: 'svc' };
  expect(judgeSecretVariables(rules, variables)).toEqual([
    { path: 'openai_api_key', variable: 'OPENAI_API_KEY', problem: 'missing' },
    { path: 'gong_access_token', variable: 'GONG_ACCESS_TOKEN', problem: 'a placeholder' },
    { path: 'database.password', variable: 'DB_PASSWORD', problem: 'not of its pattern' },
  ]);
});
