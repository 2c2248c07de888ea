import { expect, test } from '@jest/globals';
import { evaluateEnvironment } from './evaluate-environment.ts';

function problems(schema: unknown, value: unknown): readonly string[] {
  const source = JSON.stringify({ values: { a: { 'fn::validate': { schema, value } } } });
  const { diagnostics } = evaluateEnvironment({ name: 'p/e', source, loadImport: () => undefined });
  return diagnostics.map((diagnostic) => diagnostic.message);
}

test.each([
  [{ type: 'integer' }, 3],
  [{ type: 'string', minLength: 2, maxLength: 3, pattern: '^a' }, 'abc'],
  [{ enum: ['x', { y: [1] }] }, { y: [1] }],
  [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, 1],
  [{ properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false }, { a: 1 }],
  [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['a', 1, 2]],
  [true, 'anything'],
])('%j allows %j', (schema, value) => {
  expect(problems(schema, value)).toEqual([]);
});

test.each([
  [{ type: 'integer' }, 3.5, ['expected integer, got number']],
  [
    { type: 'number', minimum: 10, multipleOf: 4 },
    6,
    ['expected a number greater than or equal to 10', 'expected a multiple of 4'],
  ],
  [
    { minLength: 5, pattern: '^b' },
    'abc',
    ['expected a string with length of at least 5', 'the string must match the pattern of the schema'],
  ],
  [{ enum: ['x'] }, 'y', ['expected one of the values of the schema']],
  [{ const: { a: 1 } }, { a: 2 }, ['expected the constant of the schema']],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, ['at least one subschema must match']],
  [{ oneOf: [{ type: 'number' }, true] }, 1, ['exactly one subschema may match']],
  [{ required: ['a', 'b'] }, { b: 1 }, ['missing required properties: a']],
  [
    { properties: { u: { properties: { age: { type: 'number' } } } } },
    { u: { age: 'x' } },
    ['u.age: expected number, got string'],
  ],
  [{ additionalProperties: false }, { 'a.b': 1 }, ['["a.b"]: no value is allowed']],
  [
    { items: { type: 'string' }, maxItems: 1 },
    ['a', 1],
    ['expected an array with items of at most 1', '[1]: expected string, got number'],
  ],
  [7, 'x', ['the schema must be an object or a boolean']],
])('%j refuses %j', (schema, value, expected) => {
  expect(problems(schema, value)).toEqual(expected);
});

test('the keys of a secret stay unsaid', () => {
  const value = { 'fn::fromJSON': { 'fn::secret': '{"hunter2":{"x":1}}' } };
  expect(problems({ additionalProperties: { type: 'string' } }, value)).toEqual([
    'expected string, got object',
  ]);
});
