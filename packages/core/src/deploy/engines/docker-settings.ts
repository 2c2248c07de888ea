import { z } from 'zod';

import { filledText, strictMap, variableName, variables } from '../../config/fields.ts';

/** What the engine `docker` is told. Parsing its own output gives the same again: it is read back from journals. */
export const dockerSettings = strictMap({
  image: filledText()
    .regex(/^[^\s@]+$/, 'expected a name such as ghcr.io/acme/web')
    .refine((name) => !/:[^/]*$/.test(name), 'expected a name without a tag: tags go under `tags`')
    .describe('The name of the image, with its registry and without a tag.'),
  tags: z
    .array(filledText().regex(/^\w[\w.-]{0,127}$|\$\{/, 'expected a tag'), {
      error: 'expected a list of tags',
    })
    .min(1, 'expected at least one tag')
    .describe('Tags that point at the new image.'),
  context: filledText().default('.').describe('What is sent to the builder.'),
  file: filledText().optional().describe('Default: the Dockerfile in the context.'),
  platforms: z.array(filledText()).default([]).describe('Such as linux/arm64; default: the builder’s own.'),
  'build-args': variables().default({}).describe('Values that anybody may read in the image’s history.'),
  'build-secrets': z
    .record(filledText().regex(/^[\w.-]+$/, 'expected the id of a secret'), variableName())
    .default({})
    .describe(
      'Id for `RUN --mount=type=secret` -> the variable that holds it; list that under `secrets` too.',
    ),
  builder: filledText().optional().describe('A builder of buildx; default: the current one.'),
  'working-directory': filledText().optional(),
});

export type DockerSettings = z.output<typeof dockerSettings>;
