import type { z } from 'zod';

import { filledText, flag, strictMap } from '../../config/fields.ts';

/** What the engine `pulumi` is told. Parsing its own output gives the same again: it is read back from journals. */
export const pulumiSettings = strictMap({
  stack: filledText()
    .regex(/^[\w.-]+(\/[\w.-]+){0,2}$/, 'expected a stack such as dev or organisation/project/dev')
    .describe('An existing stack.'),
  refresh: flag().default(false).describe('Read the real state of resources first.'),
  'working-directory': filledText().optional().describe("Where Pulumi.yaml is; default: the phase's."),
});

export type PulumiSettings = z.output<typeof pulumiSettings>;
