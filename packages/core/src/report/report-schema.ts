import { z } from 'zod';

import { ACTION_NAMES } from './envelope.ts';
import type { ActionName, Report } from './envelope.ts';

/** More items than this in one report is no report of ours; it bounds what a forged one can cost. */
const MOST_ITEMS = 20_000;

const text = () => z.string().max(100_000);
const durationMs = () => z.number().min(0).describe('Milliseconds.');

const categories = [
  'configuration',
  'dns',
  'refused',
  'timeout',
  'tls',
  'unauthorized',
  'forbidden',
  'billing',
  'rate-limited',
  'not-found',
  'server-error',
  'protocol',
  'assertion',
  'runner',
] as const;

const statuses = [
  'success',
  'warning',
  'failure',
  'inconclusive',
  'rolled-back',
  'rollback-failed',
  'cancelled',
  'planned',
] as const;

const itemSchema = z.looseObject({
  name: text().describe('The secret, check, step (`phase/step`) or server.'),
  kind: text(),
  status: z.enum(['success', 'warning', 'failure', 'skipped']),
  severity: z.enum(['critical', 'warning', 'info']),
  durationMs: durationMs(),
  attempts: z.int().min(0),
  category: z.enum(categories).nullable(),
  message: text(),
  hint: text().describe('What to do next.'),
  foldedUnder: text().nullable().describe('The item whose failure explains this one.'),
  details: z.record(z.string(), z.unknown()),
});

const runSchema = z.looseObject({
  repository: text(),
  sha: text(),
  runId: z.int().min(0),
  attempt: z.int().min(0),
  job: text(),
  actor: text(),
  event: text().default(''),
  ref: text().default(''),
});

const envelopeSchema = z.looseObject({
  schema: z.literal('sophia-report/1'),
  kind: z.enum(ACTION_NAMES),
  status: z.enum(statuses),
  environment: text(),
  deploymentId: text(),
  startedAt: z.iso.datetime().describe('UTC.'),
  durationMs: durationMs(),
  run: runSchema,
  items: z.array(itemSchema).max(MOST_ITEMS),
  metrics: z.record(z.string(), z.number()),
  summary: text().default(''),
  details: z.record(z.string(), z.unknown()).default({}),
});

/** A report, or why it is none: one line that names the first few fields that do not hold. */
export type ParsedReport = { readonly report: Report } | { readonly problem: string };

const MOST_ISSUES = 3;

/** Checks a parsed document against the envelope of the contract's section 5; fields that we do not know stay. */
export function parseReport(document: unknown): ParsedReport {
  const parsed = envelopeSchema.safeParse(document);
  if (parsed.success) return { report: parsed.data as Report };
  const issues = parsed.error.issues.slice(0, MOST_ISSUES);
  return {
    problem: issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`).join('; '),
  };
}

/** @returns the JSON Schema (2020-12) of the reports of one action, for editors and readers. */
export function reportJsonSchema(kind: ActionName): Record<string, unknown> {
  const schema = envelopeSchema.extend({ kind: z.literal(kind) });
  return {
    ...(z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>),
    $id: `https://raw.githubusercontent.com/ai-cherry/sophia-actions/v1/schemas/${kind}-report.schema.json`,
    title: `The report of ${kind}`,
  };
}
