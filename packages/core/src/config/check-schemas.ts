import { z } from 'zod';

import { parseDuration } from '../duration.ts';
import {
  durationMs,
  filledText,
  flag,
  nameList,
  port,
  share,
  shellOrWords,
  strictMap,
  variableName,
  variables,
  wholeNumber,
  words,
} from './fields.ts';

/** A limit of latency: absolute, or against the baseline of earlier runs (`+20% of baseline`). */
export type LatencyLimit = { readonly limitMs: number } | { readonly overBaselinePercent: number };

const latencyLimit = z
  .string({ error: 'expected a duration, or "+20% of baseline"' })
  .transform((text, context): LatencyLimit => {
    const relative = /^\+(\d+(?:\.\d+)?)% of baseline$/.exec(text.trim());
    if (relative !== null) return { overBaselinePercent: Number(relative[1]) };
    const limitMs = parseDuration(text);
    if (limitMs !== undefined) return { limitMs };
    context.addIssue({ code: 'custom', message: 'expected a duration such as 300ms, or "+20% of baseline"' });
    return z.NEVER;
  });

/** What every check has (contract, section 4). */
const common = {
  severity: z.enum(['critical', 'warning', 'info']).default('critical'),
  timeout: durationMs().prefault('10s').describe('Per attempt.'),
  retries: wholeNumber(0, 20).default(2),
  samples: wholeNumber(1, 1000).default(1),
  'min-pass-rate': share().default(1),
  'max-latency': latencyLimit.optional(),
  weight: z.number().min(0).default(1),
  needs: nameList().default([]),
};

const kind = <const K extends string, const S extends z.core.$ZodLooseShape>(name: K, shape: S) =>
  strictMap({ kind: z.literal(name), ...common, ...shape });

const optionalText = () => filledText().optional();
const headers = () => z.record(filledText(), z.string()).default({});
const statuses = () => z.union([wholeNumber(100, 599), z.array(wholeNumber(100, 599)).min(1)]);
const expectation = strictMap({
  status: statuses().optional(),
  body: optionalText().describe('A substring of the body.'),
  json: z.json().optional().describe('A subset of the JSON body.'),
});

const model = {
  'api-key': optionalText(),
  'base-url': optionalText(),
  model: optionalText(),
  deep: flag()
    .default(false)
    .describe('Has `model` say a word, which is billed: proves the credit too, not only the key.'),
};

/** The kinds of check, one line each; a check's own keys only. */
export const checkSchema = z.discriminatedUnion('kind', [
  kind('snowflake', {
    account: optionalText(),
    user: optionalText(),
    password: optionalText(),
    'private-key': optionalText(),
    token: optionalText(),
    warehouse: optionalText(),
    database: optionalText(),
    role: optionalText(),
    host: optionalText(),
  }),
  kind('openai', model),
  kind('anthropic', model),
  kind('pinecone', { 'api-key': optionalText(), host: optionalText(), index: optionalText() }),
  kind('gong', { 'access-token': optionalText(), 'base-url': optionalText() }),
  kind('vercel', { token: optionalText(), 'api-url': optionalText() }),
  kind('pulumi', { 'access-token': optionalText(), 'backend-url': optionalText() }),
  kind('http', {
    url: filledText(),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
    headers: headers(),
    body: z.string().optional(),
    expect: expectation.default({}),
  }),
  kind('tcp', { host: filledText(), port: port() }),
  kind('dns', { host: filledText() }),
  kind('tls', {
    host: filledText(),
    port: port().default(443),
    'min-days': wholeNumber(0, 3650).default(14),
  }),
  kind('postgres', { url: optionalText() }),
  kind('redis', { url: optionalText() }),
  kind('docker', { host: optionalText(), buildx: flag().default(false) }),
  kind('kubernetes', { kubeconfig: optionalText(), context: optionalText() }),
  kind('mcp', {
    url: optionalText(),
    transport: z.enum(['streamable-http', 'sse', 'stdio']).default('streamable-http'),
    command: words().optional(),
    headers: headers(),
    tools: nameList().default([]),
    'min-tools': wholeNumber(0, 10_000).default(0),
  }),
  kind('fleet', { servers: nameList().default([]) }),
  kind('command', {
    command: words().optional(),
    run: shellOrWords().optional(),
    'working-directory': optionalText(),
    env: variables().default({}),
    secrets: z.array(variableName()).default([]),
  }),
  kind('secrets', {}),
]);

export type CheckConfig = z.output<typeof checkSchema>;
export type CheckKind = CheckConfig['kind'];
export type CheckOf<K extends CheckKind> = Extract<CheckConfig, { kind: K }>;

export const checkKinds: readonly CheckKind[] = checkSchema.options.map((option) => option.shape.kind.value);
