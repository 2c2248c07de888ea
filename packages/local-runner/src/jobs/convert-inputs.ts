import { SophiaError } from '@sophia/core/errors';
import { evaluateValue, type Scope } from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { InputModel } from '../workflow/model.ts';

type Values = Readonly<Record<string, Json>>;

function wrong(input: InputModel, expected: string, value: Json): SophiaError {
  return new SophiaError('usage', {
    message: `the input '${input.name}' must be ${expected}, not ${JSON.stringify(value)}`,
    hint: 'correct the value',
  });
}

const EMPTY: Readonly<Record<string, Json>> = { boolean: false, number: 0 };

/** A person gives texts; a calling workflow gives typed values, and a text is no boolean there. */
function convert(input: InputModel, value: Json, fromTexts: boolean): Json {
  switch (input.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (fromTexts && (value === 'true' || value === 'false')) return value === 'true';
      throw wrong(input, 'true or false', value);
    case 'number': {
      const number = typeof value === 'string' && fromTexts ? Number(value) : value;
      if (typeof number === 'number' && !Number.isNaN(number)) return number;
      throw wrong(input, 'a number', value);
    }
    case 'choice':
      if (typeof value === 'string' && input.options.includes(value)) return value;
      throw wrong(input, `one of ${input.options.join(', ')}`, value);
    default:
      if (value !== null && typeof value === 'object') throw wrong(input, 'a text', value);
      return String(value ?? '');
  }
}

function unknownInput(name: string, declared: readonly InputModel[]): SophiaError {
  return new SophiaError('usage', {
    message: `the workflow has no input '${name}'`,
    hint: declared.length > 0 ? `it has ${declared.map((input) => input.name).join(', ')}` : 'it takes none',
  });
}

/**
 * The `inputs` context: what was given, else defaults, each in its declared type.
 *
 * @param defaults what the default's expressions see
 * @param fromTexts whether the values come from a person (`workflow_dispatch`), as texts
 * @throws SophiaError `usage` for an unknown, missing or ill-typed input
 */
export function convertInputs(
  declared: readonly InputModel[],
  given: Values,
  { defaults, fromTexts }: { readonly defaults: Scope; readonly fromTexts: boolean },
): Record<string, Json> {
  const unknown = Object.keys(given).find((name) => !declared.some((input) => input.name === name));
  if (unknown !== undefined) throw unknownInput(unknown, declared);
  const entries = declared.map((input): [string, Json] => {
    const value = Object.hasOwn(given, input.name) ? (given[input.name] ?? null) : null;
    if (value !== null && !(fromTexts && value === '')) return [input.name, convert(input, value, fromTexts)];
    if (input.default) return [input.name, convert(input, evaluateValue(input.default, defaults), true)];
    if (input.required) throw wrong(input, 'given', value);
    if (input.type === 'choice') return [input.name, input.options[0] ?? ''];
    return [input.name, EMPTY[input.type] ?? ''];
  });
  return Object.fromEntries(entries);
}
