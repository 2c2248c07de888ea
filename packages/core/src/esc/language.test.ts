import { describe, expect, test } from '@jest/globals';
import { evaluateEnvironment } from './evaluate-environment.ts';
import { revealed } from './plain-json.ts';

function evaluate(source: string, files: Readonly<Record<string, string>> = {}) {
  const evaluation = evaluateEnvironment({ name: 'p/e', source, loadImport: (name) => files[name] });
  const diagnostics = evaluation.diagnostics.map((diagnostic) => {
    const begin = diagnostic.range?.begin;
    return `${begin === undefined ? '' : `${begin.line}:${begin.column} `}${diagnostic.message}`;
  });
  return {
    values: revealed({ value: evaluation.properties }),
    diagnostics,
    properties: evaluation.properties,
  };
}

describe('scalars are read as gopkg.in/yaml.v3 reads them', () => {
  test.each([
    ['yes', 'yes'],
    ['True', true],
    ['~', null],
    ['', null],
    ['017', 15],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['08', 8],
    ['1.5e3', 1500],
    ['.5', 0.5],
    ['2024-01-02', '2024-01-02'],
    ['!!str 42', '42'],
    ['"42"', '42'],
    ['1.2.3', '1.2.3'],
  ])('%s', (text, value) => {
    expect(evaluate(`values:\n  a: ${text}`)).toMatchObject({ values: { a: value }, diagnostics: [] });
  });

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '1.8446744073709552e+19'],
    ['1000000.0', '1e+06'],
    ['123456.75', '123456.75'],
    ['0.00001', '1e-05'],
  ])('%s interpolates as %s', (text, digits) => {
    expect(evaluate(`values:\n  a: ${text}\n  b: "<\${a}>"`).values).toMatchObject({ b: `<${digits}>` });
  });

  test('numbers that JSON does not have are refused', () => {
    expect(evaluate('values:\n  a: .inf').diagnostics).toEqual(['2:6 infinity and NaN are not supported']);
  });
});

describe('interpolation', () => {
  test.each([
    ['$$', '$'],
    ['$${a}', '${a}'],
    ['a$b', 'a$b'],
    ['$$$${n}', '$${n}'],
    ['$$${n}', '$7'],
    ['${n}${n}', '77'],
    ['<${nothing}>', '<>'],
    ['<${list}>', '<"x","y">'],
    ['<${map}>', '<"k"="v\\"">'],
    ['<${yes}>', '<true>'],
  ])('%s', (text, value) => {
    const source = { n: 7, nothing: null, list: ['x', 'y'], map: { k: 'v"' }, yes: true, z: text };
    expect(evaluate(JSON.stringify({ values: source })).values).toMatchObject({ z: value });
  });

  test('a reference alone keeps its type', () => {
    const { values } = evaluate(
      'values: { a: [1, { b: true }], c: "${a}", d: "${a[1].b}", e: "${a[1]["b"]}" }'.replace(
        'e: "${a[1]["b"]}"',
        'e: \'${a[1]["b"]}\'',
      ),
    );
    expect(values).toMatchObject({ c: [1, { b: true }], d: true, e: true });
  });
});

describe('functions', () => {
  test.each([
    ['{ fn::toJSON: { b: "<&>", a: [1, null, true] } }', '{"a":[1,null,true],"b":"\\u003c\\u0026\\u003e"}'],
    [`{ fn::fromJSON: '{"a":[1,"x"],"b":null}' }`, { a: [1, 'x'], b: null }],
    ['{ fn::toBase64: häß }', 'aMOkw58='],
    ['{ fn::fromBase64: aMOkw58= }', 'häß'],
    ['{ fn::toString: [1, { a: b }] }', '"1","\\"a\\"=\\"b\\""'],
    ['{ fn::join: ["-", [a, b, c]] }', 'a-b-c'],
    ['{ fn::split: [",", "a,,b"] }', ['a', '', 'b']],
    ['{ fn::split: ["", "a𐀀b"] }', ['a', '𐀀', 'b']],
    ['{ fn::concat: [[1], [], [2, [3]]] }', [1, 2, [3]]],
    ['{ fn::final: { a: 1 } }', { a: 1 }],
    ['{ fn::validate: { schema: { type: string }, value: x } }', 'x'],
    ['{ fn::toJSON: { fn::fromJSON: "12345678901234567890.10" } }', '12345678901234567890.10'],
  ])('%s', (call, value) => {
    expect(evaluate(`values:\n  a: ${call}`)).toMatchObject({ values: { a: value }, diagnostics: [] });
  });

  test.each([
    [
      '{ fn::fromJSON: "{" }',
      '2:6 decoding JSON string: unexpected character at offset 1'.replace(
        'unexpected character at offset 1',
        'unexpected end',
      ),
    ],
    ['{ fn::fromJSON: "1 2" }', '2:6 decoding JSON string: unexpected character at offset 2'],
    ['{ fn::fromBase64: "a*" }', '2:6 decoding base64 string: illegal character at offset 1'],
    [
      '{ fn::fromBase64: /w== }',
      '2:6 decoding base64 string: the content is binary, and only UTF-8 text is supported',
    ],
    ['{ fn::toBase64: 7 }', '2:22 expected string, got number'],
    ['{ fn::join: [",", "${numbers}"] }', '2:24 [0]: expected string, got number'],
    ['{ fn::secret: 7 }', '2:20 secret values must be string literals'],
    ['{ fn::secret: "${numbers}" }', '2:20 secret values must be string literals'],
    [
      '{ fn::secret: { ciphertext: ZXNjeAAAAAHo9e705fKyKo30VQ== } }',
      '2:6 an encrypted fn::secret needs Pulumi Cloud: only it has the key',
    ],
    [
      '{ fn::open::aws-login: {} }',
      '2:6 fn::open::aws-login needs Pulumi Cloud: open the environment there instead of evaluating its file',
    ],
    [
      '{ fn::rotate::aws-iam: { inputs: {} } }',
      '2:6 fn::rotate::aws-iam needs Pulumi Cloud: open the environment there instead of evaluating its file',
    ],
    ['{ fn::nope: 1 }', "2:8 'fn::' is a reserved prefix"],
    [
      '{ fn::toJSON: 1, b: 2 }',
      '2:6 illegal call to builtin function: "fn::toJSON" must be the only key within its containing object',
    ],
    ['{ fn::validate: { schema: { type: string }, value: 7 } }', '2:57 expected string, got number'],
    [
      '{ fn::validate: { schema: { $ref: x }, value: x } }',
      '2:52 the schema keyword "$ref" is not supported here',
    ],
  ])('%s is refused', (call, diagnostic) => {
    const { diagnostics } = evaluate(`values:\n  a: ${call}\n  numbers: [1]`);
    expect(diagnostics).toEqual([diagnostic]);
  });
});

describe('strictness', () => {
  test.each([
    ['values:\n  a: 1\n  a: 2', '3:3 duplicate key "a"'],
    ['values:\n  o: { a: 1, a: 2 }', '2:14 duplicate key "a"'],
    ['values:\n  7: x', '2:3 mapping keys must be strings'],
    ['values:\n  fn::toJSON: x', '2:3 builtin function call "fn::toJSON" not allowed at the top level'],
    ['values:\n  environments: x', '2:3 "environments" is a reserved key'],
    ['values: []', '1:9 values must be an object'],
    ['imports: a', '1:10 imports must be a list'],
    ['imports:\n  - { a: b, c: d }', '2:5 import must have a single key'],
    ['imports:\n  - 1', '2:5 import must be a string or an object'],
    ['imports:\n  -\n', '2:4 import must be a string or an object'],
    ['[1]', '1:1 environment must be an object'],
    [
      'values: { a: 1 }\n---\nvalues: {}',
      '2:1 invalid YAML: the file holds several documents; one is allowed',
    ],
  ])('%j', (source, diagnostic) => {
    expect(evaluate(source).diagnostics).toEqual([diagnostic]);
  });

  test('a YAML error does not quote the source, which may be a secret', () => {
    const { diagnostics } = evaluate('values:\n  a: { fn::secret: hunter2 } hunter2\n');
    expect(diagnostics).toEqual(['2:30 invalid YAML: unexpected text']);
  });
});

describe('imports', () => {
  const files = {
    'p/a': 'values: { o: { x: 1, y: { deep: a } }, list: [1, 2], s: a }',
    'p/b': 'imports: [p/a]\nvalues: { o: { y: { more: b } }, s: { now: map } }',
    'p/final': 'values: { s: { fn::final: fixed } }',
    'p/missing': 'imports: [p/nowhere]',
  };

  test('are layered as JSON merge patches: maps merge, anything else replaces', () => {
    const source = 'imports: [p/a, p/b]\nvalues: { o: { y: { deep: root } }, list: [3] }';
    expect(evaluate(source, files)).toMatchObject({
      values: { o: { x: 1, y: { deep: 'root', more: 'b' } }, list: [3], s: { now: 'map' } },
      diagnostics: [],
    });
  });

  test('can be referred to by name, merged or not', () => {
    const source = `imports:\n  - p/a: { merge: false }\nvalues: { x: '\${imports["p/a"].o.x}' }`;
    expect(evaluate(source, files)).toMatchObject({ values: { x: 1 }, diagnostics: [] });
  });

  test('cannot override what an earlier import made final', () => {
    const { values, diagnostics } = evaluate('imports: [p/final, p/a]', files);
    expect(values).toMatchObject({ s: 'fixed' });
    expect(diagnostics).toEqual(['1:57 cannot override final value']);
  });

  test('a missing one is reported where it is imported', () => {
    const evaluation = evaluateEnvironment({
      name: 'r',
      source: 'imports: [p/missing]',
      loadImport: (name) => (files as Record<string, string>)[name],
    });
    expect(evaluation.diagnostics).toMatchObject([
      {
        environment: 'p/missing',
        path: 'imports[0]',
        message: 'no environment named "p/nowhere"',
        range: { begin: { line: 1, column: 11 } },
      },
    ]);
  });

  test('each value tells which definition it comes from', () => {
    const { properties } = evaluate('imports: [p/a]\nvalues: { own: 1 }', files);
    expect(properties['own']?.trace?.def).toMatchObject({
      environment: 'p/e',
      begin: { line: 2, column: 16 },
    });
    expect(properties['list']?.trace?.def?.environment).toBe('p/a');
  });
});
