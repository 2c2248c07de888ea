import { expect, test } from '@jest/globals';
import { evaluateEnvironment } from '../esc/evaluate-environment.ts';
import { planExports, type ExportPlan } from './exports.ts';
import { judgeSecrets } from './judge.ts';
import { createRedactor } from './redact.ts';
import { secretRules } from './rules.ts';

const { properties } = evaluateEnvironment({
  name: 'p/e',
  loadImport: () => undefined,
  source: `
values:
  api_key: { fn::secret: hunter2-api }
  account: { fn::secret: public-account }
  database: { host: db.internal, password: { fn::secret: hunter2-db } }
  pin: { fn::secret: "123" }
  unused: { fn::secret: hunter2-unused }
  nul: "a\\0b"
  environmentVariables:
    API_KEY: \${api_key}
    REGION: us-east-1
    LD_PRELOAD: /tmp/evil.so
    not-a-name: x
    NUL: \${nul}
    OTHER: one
    BROKEN: \${nowhere}
`,
});

const texts = (plan: ExportPlan) =>
  Object.fromEntries(plan.exports.map(({ name, text }) => [name, text.reveal()]));
const reasons = (plan: ExportPlan) =>
  plan.refused.map(({ name, source, reason }) => `${name} ${source} ${reason}`);

const verdicts = judgeSecrets(
  secretRules({
    api_key: {},
    account: { mask: false },
    database: {},
    'database.password': { env: 'OTHER' },
    pin: {},
    absent: { required: false },
  }),
  properties,
);

test('rules and the own variables of the environment are exported; names that take over are not', () => {
  const plan = planExports({ properties, verdicts });
  expect(texts(plan)).toEqual({
    API_KEY: 'hunter2-api',
    ACCOUNT: 'public-account',
    DATABASE: '{"host":"db.internal","password":"hunter2-db"}',
    PIN: '123',
    REGION: 'us-east-1',
  });
  expect(reasons(plan).sort()).toEqual([
    'BROKEN environmentVariables.BROKEN unknown',
    'LD_PRELOAD environmentVariables.LD_PRELOAD takes-over',
    'NUL environmentVariables.NUL has-nul',
    'OTHER database.password collision',
    'OTHER environmentVariables.OTHER collision',
    'not-a-name environmentVariables.not-a-name invalid-name',
  ]);
});

test('everything secret is masked, exported or not; what a rule shows and what is no secret stays readable', () => {
  const plan = planExports({ properties, verdicts });
  const redact = createRedactor(plan.masks);
  expect(redact('hunter2-api hunter2-db hunter2-unused')).toBe('*** *** ***');
  expect(redact('{"host":"db.internal","password":"hunter2-db"}')).toBe('***');
  expect(redact('public-account db.internal us-east-1 123')).toBe('public-account db.internal us-east-1 123');
  expect(plan.tooShort).toEqual(['pin']);
});

test('a mapping exports what it names and nothing else', () => {
  const mapping = [
    { name: 'DB', path: 'database.password' },
    { name: 'GONE', path: 'nowhere.at.all' },
    { name: 'LOST', path: 'environmentVariables.BROKEN' },
    { name: 'PATH', path: 'api_key' },
  ];
  const plan = planExports({ properties, verdicts, mapping });
  expect(texts(plan)).toEqual({ DB: 'hunter2-db' });
  expect(reasons(plan)).toEqual([
    'GONE nowhere.at.all missing',
    'LOST environmentVariables.BROKEN unknown',
    'PATH api_key takes-over',
  ]);
});

test('no part of a plan prints a value', () => {
  const { exports, refused } = planExports({ properties, verdicts });
  expect(JSON.stringify({ exports, refused })).not.toMatch(/hunter2|public-account/);
});
