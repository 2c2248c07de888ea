import { z } from 'zod';

import { checkSchema } from './check-schemas.ts';
import { deploymentSchema } from './deployment-schema.ts';
import {
  durationMs,
  filledText,
  flag,
  nameList,
  port,
  share,
  strictMap,
  variableName,
  variables,
  wholeNumber,
  words,
} from './fields.ts';

const pattern = filledText().refine(isPattern, 'expected a regular expression');

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

const pipelineSchema = strictMap({
  setup: filledText().optional(),
  quality: filledText().optional(),
  security: filledText().optional(),
  tests: filledText().optional(),
  smoke: filledText().optional(),
});

const escSchema = strictMap({
  environment: filledText().optional().describe('organisation/project/name, with @version or tag.'),
  file: filledText().optional().describe('Evaluate this definition here instead of asking Pulumi Cloud.'),
  fallback: z.enum(['none', 'environment']).default('none'),
});

const secretRuleSchema = strictMap({
  required: flag().default(true),
  env: variableName().optional().describe('Default: the path in upper case, `.` and `-` as `_`.'),
  mask: flag().default(true),
  pattern: pattern.optional(),
});

const gateSchema = strictMap({
  timeout: durationMs().prefault('60s').describe('The whole gate.'),
  concurrency: wholeNumber(1, 1000).default(16),
  'minimum-score': share().optional(),
  canaries: nameList()
    .default(['github.com:443', 'one.one.one.one:443'])
    .describe(
      'Independent hosts: where checks fail as without a network and none of these answers, it is the runner.',
    ),
});

const endpoint = () => z.string().regex(/^\//, 'expected a path that begins with /');

const healthSchema = strictMap({
  mcp: endpoint().optional().describe('Streamable HTTP at this path.'),
  sse: endpoint().optional(),
  stdio: z.literal(true).optional(),
  http: endpoint().optional(),
  tcp: z.literal(true).optional(),
});

const serverSchema = strictMap({
  command: words(),
  image: filledText().optional().describe('Its container image, for `sophia mcp render` alone.'),
  'working-directory': filledText().optional().describe('Under root; default: the name.'),
  port: port().optional().describe('Default: from the registry.'),
  host: filledText().default('127.0.0.1'),
  priority: wholeNumber(0, 1_000_000).default(100),
  needs: nameList().default([]),
  critical: flag().default(true),
  env: variables().default({}),
  secrets: z.array(variableName()).default([]),
  health: healthSchema.default({ mcp: '/mcp' }),
  expect: strictMap({
    tools: nameList().default([]),
    'min-tools': wholeNumber(0, 10_000).default(0),
  }).prefault({}),
  restart: strictMap({
    limit: wholeNumber(0, 1000).default(5),
    window: durationMs().prefault('2m'),
  }).prefault({}),
  'ready-timeout': durationMs().prefault('30s'),
  'stop-timeout': durationMs().prefault('5s'),
});

export const mcpSchema = strictMap({
  registry: filledText().optional(),
  root: filledText().default('.'),
  'start-timeout': durationMs().prefault('2m').describe('The whole fleet.'),
  'port-offset': wholeNumber(-65_535, 65_535).default(0),
  concurrency: wholeNumber(1, 1000).optional().describe('Starts at a time; default: cores.'),
  servers: z.record(filledText(), serverSchema).default({}),
});

/** The sections of the configuration file, each with its own schema. */
export const sectionSchemas = {
  pipeline: pipelineSchema,
  esc: escSchema,
  secrets: z.record(
    filledText(),
    z.preprocess((rule) => rule ?? {}, secretRuleSchema),
  ),
  checks: z.record(filledText(), checkSchema),
  gate: gateSchema,
  mcp: mcpSchema,
  deployment: deploymentSchema,
} as const;

export type SectionName = keyof typeof sectionSchemas;
export const SECTION_NAMES = Object.keys(sectionSchemas) as readonly SectionName[];

/** The sections as values: durations in milliseconds, defaults filled in. */
export type Sections = { readonly [S in SectionName]: z.output<(typeof sectionSchemas)[S]> };
export type SecretRule = Sections['secrets'][string];
export type ServerConfig = z.output<typeof serverSchema>;
export type McpConfig = Sections['mcp'];
export type GateConfig = Sections['gate'];
