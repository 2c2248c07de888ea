import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { EscDiagnostic } from './diagnostic.ts';
import { evaluateEnvironment, type Evaluation } from './evaluate-environment.ts';
import { redacted, revealed } from './plain-json.ts';

/** The cases are from pulumi/esc's eval/testdata (Apache-2.0, licence beside them). */
const FIXTURES = new URL('./fixtures/', import.meta.url);

interface CasePosition {
  readonly Line: number;
  readonly Column: number;
}

interface CaseDiagnostic {
  readonly severity: number;
  readonly range: { readonly file: string; readonly start: CasePosition; readonly end: CasePosition } | null;
  readonly path: string;
}

interface Case {
  readonly name: string;
  readonly rootEnvironment: string;
  readonly files: Readonly<Record<string, string>>;
  readonly expected: {
    readonly revealed?: unknown;
    readonly redacted?: unknown;
    readonly diagnostics: readonly CaseDiagnostic[];
  };
}

/** The suite's toy cipher: every byte is turned by half a circle. */
const rot128 = (bytes: Uint8Array) => bytes.map((byte) => (byte + 128) % 256);

function evaluateCase(example: Case): Evaluation {
  return evaluateEnvironment({
    name: example.rootEnvironment,
    source: example.files['env.yaml'] ?? '',
    loadImport: (name) => example.files[`${name}.yaml`],
    context: { pulumi: { user: { id: 'USER_123' } } },
    decrypt: rot128,
  });
}

function expectedPlace({ severity, range, path }: CaseDiagnostic) {
  if (range === null) return { severity, place: 'anywhere' };
  const at = ({ Line, Column }: CasePosition) => `${Line}:${Column}`;
  return { severity, place: `${range.file} ${at(range.start)}-${at(range.end)} ${path}` };
}

function actualPlace(diagnostic: EscDiagnostic, isAnywhere: boolean) {
  const severity = diagnostic.severity === 'error' ? 1 : 2;
  if (isAnywhere || diagnostic.range === undefined) return { severity, place: 'anywhere' };
  const { begin, end } = diagnostic.range;
  const range = `${begin.line}:${begin.column}-${end.line}:${end.column}`;
  return { severity, place: `${diagnostic.environment} ${range} ${diagnostic.path}` };
}

const cases = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')) as Case);

describe("pulumi/esc's own cases", () => {
  test('are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });

  test.each(cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const evaluation = evaluateCase(example);
    const root = { value: evaluation.properties };
    const { expected } = example;
    if (expected.revealed !== undefined) expect(revealed(root)).toEqual(expected.revealed);
    if (expected.redacted !== undefined) expect(redacted(root)).toEqual(expected.redacted);
    const isAnywhere = expected.diagnostics.some(({ range }) => range === null);
    const byPlace = (left: { place: string }, right: { place: string }) =>
      left.place < right.place ? -1 : 1;
    const actual = evaluation.diagnostics.map((diagnostic) => actualPlace(diagnostic, isAnywhere));
    expect(actual.sort(byPlace)).toEqual(expected.diagnostics.map(expectedPlace).sort(byPlace));
  });
});
