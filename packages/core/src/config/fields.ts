import { z } from 'zod';

import { DURATION_PATTERN, parseDuration } from '../duration.ts';
import { didYouMean } from '../nearest-name.ts';

/** A strict map: an unknown key is an error that offers the nearest known one. */
export function strictMap<const S extends z.core.$ZodLooseShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key "${key}"${didYouMean(key, known)}`).join('; ')
        : undefined,
  });
}

/** A duration; milliseconds after parsing. */
export const durationMs = () =>
  z
    .string({ error: 'expected a duration such as 500ms, 10s, 5m or 1h' })
    .regex(DURATION_PATTERN, 'expected a duration such as 500ms, 10s, 5m or 1h')
    .transform((text) => parseDuration(text) ?? 0)
    .describe('A duration such as 500ms, 10s, 5m or 1h.');

/** A whole number; digits that came out of a variable count too. */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    z
      .number({ error: `expected a whole number from ${min} to ${max}` })
      .int(`expected a whole number from ${min} to ${max}`)
      .min(min, `expected a whole number from ${min} to ${max}`)
      .max(max, `expected a whole number from ${min} to ${max}`),
  );

export const port = () => wholeNumber(1, 65_535);
export const share = () => z.number({ error: 'expected a number from 0 to 1' }).min(0).max(1);
export const flag = () =>
  z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean({ error: 'expected true or false' }),
  );
export const filledText = () =>
  z.string({ error: 'expected text' }).min(1, 'expected text that is not empty');
export const nameList = () => z.array(filledText(), { error: 'expected a list of names' });

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The name of an environment variable. */
export const variableName = () =>
  filledText().regex(VARIABLE_NAME, 'expected the name of a variable: letters, digits and _');

/** Values of variables; YAML's numbers and booleans become their text. */
export const variables = () =>
  z.record(
    variableName(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'expected text' }).transform(String),
    { error: 'expected a map of variables' },
  );

/** A command without a shell: a list of words. */
export const words = () =>
  z
    .array(z.union([filledText(), z.number().transform(String)]), { error: 'expected a command' })
    .min(1, 'expected a command');

/** A command: a string runs in bash, a list without a shell. */
export const shellOrWords = () =>
  z.union([filledText(), words()], { error: 'expected a command: text for bash, or a list' });
