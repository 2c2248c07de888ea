// What the jobs before the deployment report: secrets, checks and servers.
import type { ReportItem, ReportStatus } from '../envelope.ts';
import { reportItem } from '../judge.ts';
import { report, START_MS } from './sample-report.ts';

const secretNames = [
  'openai_api_key',
  'anthropic_api_key',
  'pinecone_api_key',
  'gong_access_token',
  'snowflake_account',
  'snowflake_password',
  'vercel_token',
  'backend.api_token',
];

/** One of nine is missing, and only a warning. */
export const secrets = report({
  kind: 'esc-setup',
  status: 'warning',
  job: 'environment-setup',
  offsetMs: 2_100,
  durationMs: 640,
  summary: '8 of 9 secrets hold; 8 variables exported',
  items: [
    ...secretNames.map((name) => reportItem({ name, kind: 'secret' })),
    reportItem({
      name: 'asana.access_token',
      kind: 'secret',
      status: 'failure',
      severity: 'warning',
      category: 'configuration',
      message: 'not in the environment scoobyjava-org/default/sophia-ai-production',
      hint: 'add it with `pulumi env set`, or remove the rule: asana stays stopped without it',
    }),
  ],
});

const check = (name: string, durationMs: number, own: Partial<ReportItem> = {}) =>
  reportItem({ name, kind: name, durationMs, ...own });

/** Checks of a gate that holds. */
export const healthy: readonly ReportItem[] = [
  check('secrets', 2),
  check('openai', 412, { message: '63 models' }),
  check('anthropic', 288, { message: '9 models' }),
  check('pinecone', 164, { message: '2 indexes' }),
  check('snowflake', 1_480, { message: 'version 9.31.2' }),
  check('backend', 23, { kind: 'http', message: 'HTTP 200' }),
];

/** Checks of one that does not. */
export const unhealthy: readonly ReportItem[] = [
  check('secrets', 2),
  check('openai', 412, { message: '63 models' }),
  check('anthropic', 288, { message: '9 models' }),
  check('pinecone', 10_000, {
    attempts: 3,
    status: 'warning',
    category: 'rate-limited',
    message: 'HTTP 429 after 3 attempts',
    hint: 'wait 30 s, or raise the limit of the plan',
  }),
  check('snowflake', 733, {
    status: 'failure',
    category: 'unauthorized',
    message: 'login refused (390100): incorrect username or password',
    hint: 'set snowflake_password in ESC again, or move to key-pair authentication',
  }),
  check('snowflake_admin', 0, {
    kind: 'mcp',
    status: 'skipped',
    foldedUnder: 'snowflake',
    message: 'not judged: it needs snowflake',
  }),
  check('backend', 31, { kind: 'http', message: 'HTTP 200' }),
];

/** @returns the report of a gate that ended so */
export const gate = (job: string, offsetMs: number, items: readonly ReportItem[], status: ReportStatus) =>
  report({
    kind: 'health-gate',
    status,
    job,
    offsetMs,
    durationMs: Math.max(...items.map((item) => item.durationMs)) + 90,
    summary: status === 'success' ? '6 of 6 checks hold' : 'snowflake: login refused (390100)',
    metrics: status === 'success' ? { passRate: 1, score: 1 } : { passRate: 0.714, score: 0.64 },
    items,
  });

const fleetItem = (name: string, startMs: number, durationMs: number, own: Partial<ReportItem> = {}) =>
  reportItem({
    name,
    kind: 'server',
    durationMs,
    details: { state: 'healthy', startedAtMs: START_MS + 41_000 + startMs, restarts: 0 },
    ...own,
  });

/** One of nine servers is not there, and only a warning. */
export const fleet = report({
  kind: 'mcp-orchestrate',
  status: 'warning',
  job: 'mcp-validation',
  offsetMs: 41_000,
  durationMs: 9_300,
  summary: '8 of 9 servers are healthy',
  metrics: { healthy: 8, total: 9 },
  items: [
    fleetItem('ai_memory', 0, 1_900),
    fleetItem('snowflake_admin', 40, 2_450),
    fleetItem('ui_ux_agent', 1_950, 1_210),
    fleetItem('linear', 1_960, 2_300),
    fleetItem('hubspot', 2_510, 1_990),
    fleetItem('codacy', 3_200, 2_870),
    fleetItem('github', 4_300, 1_640),
    fleetItem('lambda_labs_cli', 5_990, 2_100),
    fleetItem('asana', 4_550, 0, {
      status: 'failure',
      severity: 'warning',
      category: 'configuration',
      message: 'the variable ASANA_ACCESS_TOKEN is not set',
      hint: 'add asana.access_token to the ESC environment',
      details: { state: 'failed' },
    }),
  ],
});
