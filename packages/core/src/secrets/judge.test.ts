import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { evaluateEnvironment } from '../esc/evaluate-environment.ts';
import { judgeSecrets } from './judge.ts';
import { secretRule, secretRules } from './rules.ts';

const { properties } = evaluateEnvironment({
  name: 'p/e',
  loadImport: (name) => (name === 'p/base' ? 'values: { inherited: from-base-env }' : undefined),
  source: `
imports: [p/base]
values:
  good: { fn::secret: hunter2-hunter2 }
  blank: "  "
  nothing: null
  todo: PLACEHOLDER_SET_ME
  nested: { list: [a, { fn::secret: PLACEHOLDER }], empty: {}, port: 5432 }
  lost: "\${nowhere}"
  half: { a: 1, b: "\${nowhere}" }
`,
});

const judge = (path: string, settings = {}) => judgeSecrets([secretRule(path, settings)], properties)[0];

describe('judgeSecrets', () => {
  test.each([
    ['good', 'ok'],
    ['inherited', 'ok'],
    ['nested.port', 'ok'],
    ['gone', 'missing'],
    ['nested.gone', 'missing'],
    ['good.deeper', 'missing'],
    ['not a path', 'missing'],
    ['blank', 'empty'],
    ['nothing', 'empty'],
    ['nested.empty', 'empty'],
    ['todo', 'placeholder'],
    ['nested', 'placeholder'],
    ['lost', 'unknown'],
    ['half', 'unknown'],
  ])('%s is %s', (path, state) => {
    expect(judge(path)).toMatchObject({ state, blocks: state !== 'ok' });
    expect(judge(path, { required: false })).toMatchObject({ state, blocks: false });
  });

  test('a pattern is asked of the text; what is there and does not match blocks even if it is optional', () => {
    expect(judge('good', { pattern: '^.{12,}$' })).toMatchObject({ state: 'ok' });
    expect(judge('good', { pattern: '^.{99,}$', required: false })).toMatchObject({
      state: 'pattern',
      blocks: true,
    });
    expect(judge('nested.port', { pattern: '^\\d+$' })).toMatchObject({ state: 'ok' });
    expect(judge('good', { pattern: '(' })).toMatchObject({ state: 'pattern' });
  });

  test('says where a value comes from, and structures are JSON', () => {
    expect(judge('inherited')?.origin?.environment).toBe('p/base');
    const list = judgeSecrets([secretRule('a')], {
      a: { value: [{ value: 7, text: '7' }, { value: 'x"' }, {}] },
    })[0];
    expect(list?.state === 'ok' && list.text.reveal()).toBe('[7,"x\\"",null]');
  });

  test('the text of a verdict cannot be printed by mistake', () => {
    const verdict = judge('good');
    if (verdict?.state !== 'ok') throw new Error('the value holds');
    expect(verdict.text.reveal()).toBe('hunter2-hunter2');
    for (const printed of [
      `${verdict.text}`,
      JSON.stringify(verdict.text),
      inspect(verdict.text, { depth: 9 }),
    ]) {
      expect(printed).not.toContain('hunter2');
    }
  });
});

test('rules have the defaults of the contract', () => {
  expect(
    secretRules({
      'database.password': { env: 'DB', pattern: 'x' },
      'a-b': {},
      c: { required: false, mask: false },
    }),
  ).toEqual([
    { path: 'database.password', required: true, env: 'DB', mask: true, pattern: 'x' },
    { path: 'a-b', required: true, env: 'A_B', mask: true },
    { path: 'c', required: false, env: 'C', mask: false },
  ]);
});
