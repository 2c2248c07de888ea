import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluateEnvironment } from './evaluate-environment.ts';
import { MAX_DIAGNOSTICS } from './limits.ts';
import { redacted } from './plain-json.ts';

const FIXTURES = new URL('./fixtures/', import.meta.url);
const fixtureSources = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const { files } = JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')) as {
      files: Record<string, string>;
    };
    return Object.values(files);
  });

function evaluate(source: string, loadImport: (name: string) => string | undefined = () => undefined) {
  const evaluation = evaluateEnvironment({ name: 'p/e', source, loadImport });
  return { ...evaluation, text: JSON.stringify(redacted({ value: evaluation.properties })) };
}

const messages = (source: string) => evaluate(source).diagnostics.map((diagnostic) => diagnostic.message);
const repeat = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

describe('no text makes it throw', () => {
  test('random text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (source) => {
        expect(typeof evaluate(source).text).toBe('string');
      }),
      { numRuns: 1_000 },
    );
  });

  test('text of the characters that mean something', () => {
    const unit = fc.constantFrom(
      'values:',
      'imports:',
      '\n  ',
      '- ',
      '${',
      '}',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      'a',
      ':',
      ' ',
      'fn::',
      '&',
      '*',
      '!',
      '|',
      '>',
      '#',
      '%',
      '\t',
      '.',
      '0',
      '$',
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        expect(typeof evaluate(units.join('')).text).toBe('string');
      }),
      { numRuns: 3_000 },
    );
  });

  test("the suite's definitions with a piece replaced", () => {
    const mutation = fc.tuple(
      fc.constantFrom(...fixtureSources),
      fc.nat(),
      fc.nat(12),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(mutation, ([source, position, length, piece]) => {
        const at = position % (source.length + 1);
        const mutated = source.slice(0, at) + piece + source.slice(at + length);
        expect(typeof evaluate(mutated, () => mutated).text).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what would stop the machine is refused', () => {
  test.each([
    ['flow lists', `values: { a: ${'['.repeat(500_000)} }`],
    ['flow maps', `values: { a: ${'{'.repeat(500_000)} }`],
    ['block lists', `values:\n  a:\n    ${'- '.repeat(500_000)}1`],
    ['explicit keys', `values:\n  a:\n    ${'? '.repeat(500_000)}1`],
  ])('nesting: %s', (_, source) => {
    expect(messages(source)).toEqual(['the document nests deeper than 100']);
  });

  test('aliases', () => {
    const source = `values:\n  a0: &a0 [x, x]\n${repeat(50, (i) => `  a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)}`;
    expect(new Set(messages(source))).toEqual(new Set(['alias nodes are not supported']));
  });

  test('a string that doubles with each line', () => {
    const source = `values:\n  a0: x\n${repeat(60, (i) => `  a${i + 1}: "\${a${i}}\${a${i}}"`)}`;
    expect(messages(source)[0]).toMatch(/^the environment produces more than \d+ characters$/);
  });

  test('a list that doubles with each line', () => {
    const source = `values:\n  a0: [x]\n${repeat(60, (i) => `  a${i + 1}: ["\${a${i}}", "\${a${i}}"]`)}`;
    expect(messages(source)).toEqual(['the environment expands to more than 500000 values']);
  });

  test('JSON that nests, and a list that is split to pieces over and over', () => {
    expect(messages(`values:\n  a: { fn::fromJSON: '${'['.repeat(100_000)}' }`)).toEqual([
      'decoding JSON string: nested deeper than 100',
    ]);
    const source = `values:\n  b: ${'x'.repeat(300_000)}\n${repeat(20, (i) => `  a${i}: { fn::split: ["", "\${b}"] }`)}`;
    expect(messages(source)).toContain('the environment produces more than 500000 values');
  });

  test('imports without an end', () => {
    const { diagnostics } = evaluate('imports: [i0]', (name) => `imports: [i${Number(name.slice(1)) + 1}]`);
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual(['imports nest deeper than 50']);
  });

  test('more diagnostics than anybody reads', () => {
    const { diagnostics } = evaluate(`values:\n  a: ${'${nobody}'.repeat(50_000)}`);
    expect(diagnostics).toHaveLength(MAX_DIAGNOSTICS + 1);
    expect(diagnostics.at(-1)?.message).toBe(`${50_000 - MAX_DIAGNOSTICS} more problems are not shown`);
  });
});

describe('what is merely long works', () => {
  test('a chain of references, whichever end is asked first', () => {
    const name = (index: number) => `k${String(index).padStart(5, '0')}`;
    const forward = `values:\n  ${name(0)}: end\n${repeat(5_000, (i) => `  ${name(i + 1)}: \${${name(i)}}`)}`;
    const backward = `values:\n  ${name(5_000)}: end\n${repeat(5_000, (i) => `  ${name(i)}: \${${name(i + 1)}}`)}`;
    for (const source of [forward, backward]) {
      const evaluation = evaluate(source);
      expect(evaluation.diagnostics).toEqual([]);
      expect(evaluation.properties[name(0)]?.value).toBe('end');
      expect(evaluation.properties[name(5_000)]?.value).toBe('end');
    }
  });

  test('a string of a million characters, with quotes, escapes and JSON in it', () => {
    const text = 'x'.repeat(500_000) + '\\"'.repeat(250_000);
    const evaluation = evaluate(JSON.stringify({ values: { a: { 'fn::fromJSON': `"${text}"` } } }));
    expect(evaluation.diagnostics).toEqual([]);
    expect(evaluation.properties['a']?.value).toBe('x'.repeat(500_000) + '"'.repeat(250_000));
  });

  test('keys that name parts of JavaScript objects', () => {
    const { text, diagnostics } = evaluate(
      'values: { __proto__: { a: 1 }, constructor: 2, b: "${__proto__.a}" }',
    );
    expect(diagnostics).toEqual([]);
    expect(text).toBe('{"__proto__":{"a":1},"b":"1","constructor":2}'.replace('"b":"1"', '"b":1'));
  });
});
