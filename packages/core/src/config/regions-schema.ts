import { z } from 'zod';

import { filledText, strictMap, wholeNumber } from './fields.ts';

/** A region becomes part of the names of phases and variables. */
const region = () =>
  filledText().regex(
    /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/,
    'expected the name of a region: letters, digits and `-` (at most 32)',
  );
const oneOrMore = { error: 'expected a list of regions' };
const wave = z.array(region(), oneOrMore).min(1, 'expected at least one region');

/** The regions that a phase goes to. */
export interface Regions {
  /** One wave after the other; the regions of a wave side by side. */
  readonly waves: readonly (readonly string[])[];
  /** So many regions may fail; one more ends and undoes all of them. */
  readonly maxFailures: number;
}

const isOnce = ({ waves }: Regions) => new Set(waves.flat()).size === waves.flat().length;

export const regionsSchema = z
  .union(
    [
      wave.transform((list): Regions => ({ waves: list.map((name) => [name]), maxFailures: 0 })),
      strictMap({
        waves: z.array(wave, { error: 'expected a list of waves, each a list of regions' }).min(1),
        'max-failures': wholeNumber(0, 1_000).default(0),
      }).transform((given): Regions => ({ waves: given.waves, maxFailures: given['max-failures'] })),
    ],
    {
      error: ({ input }) =>
        typeof input === 'object' && input !== null
          ? undefined
          : 'expected a list of regions, or { waves: [[...], ...], max-failures: N }',
    },
  )
  .refine(isOnce, 'expected each region once')
  .describe('One region after the other; or waves, side by side within a wave.');
