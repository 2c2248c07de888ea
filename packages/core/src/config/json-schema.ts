import { z } from 'zod';

import { SECTION_NAMES, sectionSchemas } from './schema.ts';

type Json = Record<string, unknown>;

/** @returns the JSON Schema of the configuration file, for editors: made from the schemas that validate it. */
export function configJsonSchema(): Json {
  const sections = Object.fromEntries(
    SECTION_NAMES.map((name) => [name, toJsonSchema(sectionSchemas[name])]),
  );
  const properties = { version: { const: 1 }, ...sections };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sophia-actions configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      environments: {
        description: 'Merged over the above for the environment asked for.',
        type: 'object',
        additionalProperties: {
          type: ['object', 'null'],
          additionalProperties: false,
          properties: Object.fromEntries(SECTION_NAMES.map((name) => [name, { type: ['object', 'null'] }])),
        },
      },
    },
  };
}

function toJsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  return rest;
}
