import { z } from 'zod';

import { filledText, flag, strictMap } from '../../config/fields.ts';

/** What the engine `vercel` is told. Parsing its own output gives the same again: it is read back from journals. */
export const vercelSettings = strictMap({
  'working-directory': filledText()
    .optional()
    .describe("Where `vercel` runs: the folder that is linked to the project; default: the phase's."),
  project: filledText()
    .regex(/^prj_\w+$/, 'expected the id of a project, such as prj_abc')
    .optional()
    .describe('Default: VERCEL_PROJECT_ID, or the link in .vercel/project.json.'),
  team: filledText()
    .regex(/^\w+$/, 'expected the id of a team, such as team_abc')
    .optional()
    .describe('Default: VERCEL_ORG_ID, or the link in .vercel/project.json.'),
  prebuilt: flag()
    .default(false)
    .describe('True: .vercel/output is there already; nothing is pulled or built.'),
  target: z
    .enum(['production', 'preview'])
    .default('production')
    .describe('preview: a deployment with an address of its own, and nothing is promoted.'),
});

export type VercelSettings = z.output<typeof vercelSettings>;
