/** What a plain YAML scalar stands for. `unsupported` is a number that JSON does not have. */
export type ResolvedScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string' }
  | { readonly kind: 'unsupported' };

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const BOOLEANS = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^([-+]?)(?:(0[bB])([01]+)|(0[xX])([0-9a-fA-F]+)|(0[oO]?)([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
/** No number that 64 bits hold is longer: 64 binary digits, a sign and a prefix. */
const MAX_INTEGER_LENGTH = 70;

/**
 * Resolves a plain scalar as gopkg.in/yaml.v3 does, the parser of Pulumi ESC: `yes` is a string, `017` and
 * `0o17` are octal, `1_000` is a number, a date is a string.
 */
export function resolvePlainScalar(text: string): ResolvedScalar {
  if (NULLS.has(text)) return { kind: 'null' };
  const boolean = BOOLEANS.get(text);
  if (boolean !== undefined) return { kind: 'boolean', value: boolean };
  if (NOT_FINITE.test(text)) return { kind: 'unsupported' };
  if (!/^[-+.0-9]/.test(text)) return { kind: 'string' };
  const number = resolveNumber(text.replaceAll('_', ''));
  return number === undefined ? { kind: 'string' } : { kind: 'number', text: number };
}

function resolveNumber(text: string): string | undefined {
  const integer = text.length <= MAX_INTEGER_LENGTH ? resolveInteger(text) : undefined;
  if (integer !== undefined) return integer;
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? formatFloat(value) : undefined;
}

function resolveInteger(text: string): string | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign, , binary, , hexadecimal, , octal, decimal] = match;
  const digits =
    binary !== undefined
      ? `0b${binary}`
      : hexadecimal !== undefined
        ? `0x${hexadecimal}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  if (digits === undefined) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value < INT64_MIN || value > UINT64_MAX ? undefined : value.toString();
}

/** From this exponent on, and below -4, Go's shortest `%g` is exponential (strconv.FormatFloat, precision -1). */
const EXPONENTIAL_FROM = 6;

/** @returns the shortest form of a float as Go's `%g` prints it: `0.25`, `1.5e+06`. */
function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < EXPONENTIAL_FROM) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
