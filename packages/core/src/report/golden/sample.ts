import { createHash } from 'node:crypto';

import type { Report, ReportItem, ReportStatus } from '../envelope.ts';
import { reportItem } from '../judge.ts';
import type { RunFacts } from '../pipeline/model.ts';
import type { SourceFile } from '../read/source.ts';

/** Two runs of one pipeline as its actions report them: the golden files and the screenshots are made of these. */
export interface Sample {
  readonly sources: readonly SourceFile[];
  readonly needs: string;
  readonly run: RunFacts;
}

const START_MS = Date.UTC(2026, 5, 12, 9, 30);
const at = (offsetMs: number) => new Date(START_MS + offsetMs).toISOString();
const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';

export const sampleRun: RunFacts = {
  repository: 'acme/sophia-demo',
  sha: SHA,
  runId: 812,
  attempt: 1,
  job: 'deployment-notification',
  actor: 'octocat',
  event: 'push',
  ref: 'refs/heads/main',
  url: 'https://github.com/acme/sophia-demo/actions/runs/812',
  reportSha: SHA,
  pullRequest: undefined,
  fork: false,
};

interface Own {
  readonly kind: Report['kind'];
  readonly status: ReportStatus;
  readonly job: string;
  readonly offsetMs: number;
  readonly durationMs: number;
  readonly summary: string;
  readonly items: readonly ReportItem[];
  readonly metrics?: Readonly<Record<string, number>>;
}

function report({ job, offsetMs, ...own }: Own): Report {
  const { repository, sha, runId, attempt, actor, event, ref } = sampleRun;
  return {
    schema: 'sophia-report/1',
    environment: 'production',
    deploymentId: 'sophia-production-1781256600',
    startedAt: at(offsetMs),
    run: { repository, sha, runId, attempt, job, actor, event, ref },
    metrics: {},
    details: {},
    ...own,
  };
}

const file = (path: string, document: unknown): SourceFile => ({
  path,
  text: `${JSON.stringify(document, undefined, 2)}\n`,
});

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

const secrets = report({
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

const healthy: readonly ReportItem[] = [
  check('secrets', 2),
  check('openai', 412, { message: '63 models' }),
  check('anthropic', 288, { message: '9 models' }),
  check('pinecone', 164, { message: '2 indexes' }),
  check('snowflake', 1_480, { message: 'version 9.31.2' }),
  check('backend', 23, { kind: 'http', message: 'HTTP 200' }),
];

const unhealthy: readonly ReportItem[] = [
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

const fleetItem = (name: string, startMs: number, durationMs: number, own: Partial<ReportItem> = {}) =>
  reportItem({
    name,
    kind: 'server',
    durationMs,
    details: { state: 'healthy', startedAtMs: START_MS + 41_000 + startMs, restarts: 0 },
    ...own,
  });

const fleet = report({
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

const step = (name: string, startMs: number, durationMs: number, own: Partial<ReportItem> = {}) =>
  reportItem({
    name,
    kind: 'run',
    durationMs,
    details: { startedAtMs: START_MS + 62_000 + startMs },
    ...own,
  });

const forwardSteps: readonly ReportItem[] = [
  step('prerequisites/variables', 0, 12),
  step('prerequisites/machine', 30, 880),
  step('infrastructure/release', 950, 310),
  step('infrastructure/snapshot', 1_270, 640),
  step('backend/build', 1_930, 14_200),
  step('backend/migrate', 16_150, 1_900),
  step('backend/switch', 18_060, 420),
];

const deployed = report({
  kind: 'deploy-phase',
  status: 'success',
  job: 'production-deployment',
  offsetMs: 62_000,
  durationMs: 58_000,
  summary: 'deployed sophia-production-1781256600 in 58.0 s',
  items: [
    ...forwardSteps,
    step('backend/health', 18_500, 1_100),
    step('frontend/build', 19_620, 9_800),
    step('frontend/publish', 29_430, 350),
    step('mcp_servers/fleet', 29_800, 9_100),
    step('health_checks/gate', 38_950, 1_600),
    step('smoke_tests/smoke', 40_600, 17_200),
  ],
});

const unlucky = report({
  kind: 'deploy-phase',
  status: 'rolled-back',
  job: 'production-deployment',
  offsetMs: 62_000,
  durationMs: 33_000,
  summary: 'backend/health failed; rolled back to the previous release in 4.1 s',
  metrics: { rollbackMs: 4_100 },
  items: [
    ...forwardSteps,
    step('backend/health', 18_500, 10_000, {
      status: 'failure',
      category: 'server-error',
      message: 'HTTP 503 from http://127.0.0.1:8788/health: database is locked',
      hint: 'read logs/deployments/sophia-production-1781256600.log; the previous release answers again',
    }),
    ...[
      'frontend/build',
      'frontend/publish',
      'mcp_servers/fleet',
      'health_checks/gate',
      'smoke_tests/smoke',
    ].map((name) => reportItem({ name, kind: 'run', status: 'skipped', message: 'not reached' })),
  ],
});

type Act = readonly [type: string, atMs: number, phase: string, step: string, exitCode?: number];

/** Forward to the failing step, then back: what the saga writes. */
const acts: readonly Act[] = [
  ...forwardSteps.flatMap((item): readonly Act[] => {
    const [phase = '', name = ''] = item.name.split('/');
    const startMs = Number(item.details['startedAtMs']) - START_MS;
    return [
      ['step.started', startMs, phase, name],
      ['step.finished', startMs + item.durationMs, phase, name, 0],
    ];
  }),
  ['step.started', 80_500, 'backend', 'health'],
  ['step.finished', 90_500, 'backend', 'health', 1],
  ['rollback.started', 90_520, '', ''],
  ['undo.started', 90_540, 'backend', 'switch'],
  ['undo.finished', 91_900, 'backend', 'switch', 0],
  ['undo.started', 91_920, 'backend', 'migrate'],
  ['undo.finished', 94_100, 'backend', 'migrate', 0],
  ['undo.started', 94_120, 'infrastructure', 'release'],
  ['undo.finished', 94_600, 'infrastructure', 'release', 0],
  ['rollback.finished', 94_620, '', ''],
];

function chained(): string {
  let prev = '0'.repeat(64);
  const lines = acts.map(([type, atMs, phase, name, exitCode], index) => {
    const chain = { seq: index + 1, time: at(atMs), type, prev };
    const line = JSON.stringify({
      ...chain,
      deploymentId: unlucky.deploymentId,
      phase,
      step: name,
      exitCode,
    });
    prev = createHash('sha256').update(line).digest('hex');
    return line;
  });
  return `${lines.join('\n')}\n`;
}

const journal: SourceFile = {
  path: 'logs/deployments/sophia-production-1781256600.jsonl',
  text: chained(),
};

const junit = (failures: string): SourceFile => ({
  path: 'sophia-tests-1/reports/tests.xml',
  text: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="backend"><testsuite name="notes">
${Array.from({ length: 34 }, (_, index) => `<testcase classname="notes" name="case ${index + 1}" time="0.0${(index % 9) + 1}"/>`).join('\n')}
${failures}<testcase classname="notes" name="on a slow disk" time="0"><skipped/></testcase>
</testsuite></testsuites>
`,
});

const failedTest = `<testcase classname="notes.list" name="pages | keeps order &lt;newest first&gt;" time="0.12" file="backend/notes.test.js" line="41"><failure message="expected [3, 2, 1], got [3, 1, 2]"/></testcase>\n`;

const lcov: SourceFile = {
  path: 'sophia-tests-1/reports/lcov.info',
  text: 'TN:\nSF:backend/notes.js\nLF:420\nLH:371\nBRF:90\nBRH:70\nend_of_record\n',
};

const sarif = file('sophia-security-1/security.sarif', {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'demo-scanner', rules: [{ id: 'weak-hash' }] } },
      results: [
        {
          ruleId: 'weak-hash',
          level: 'warning',
          message: { text: 'md5 is no hash for passwords' },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: 'backend/legacy.js' },
                region: { startLine: 12 },
              },
            },
          ],
        },
      ],
    },
  ],
});

const JOBS = [
  'environment-setup',
  'health-gate',
  'quality-security',
  'build-test',
  'mcp-validation',
  'production-deployment',
  'post-deployment-validation',
];

const needs = (results: Readonly<Record<string, string>>) =>
  JSON.stringify(
    Object.fromEntries(JOBS.map((job) => [job, { result: results[job] ?? 'success', outputs: {} }])),
  );

const gate = (job: string, offsetMs: number, items: readonly ReportItem[], status: ReportStatus) =>
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

const artifact = (name: string, document: Report) => file(`sophia-${name}/${document.kind}.json`, document);

/** Everything went well; one server and one secret are warnings. */
export const greenSample: Sample = {
  run: sampleRun,
  needs: needs({}),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, healthy, 'success')),
    artifact('mcp', fleet),
    artifact('deploy', deployed),
    artifact('gate-after', gate('post-deployment-validation', 126_000, healthy, 'success')),
    junit(''),
    lcov,
  ],
};

/** A pull request whose gate and one test fail; nothing is deployed. */
export const blockedSample: Sample = {
  run: { ...sampleRun, event: 'pull_request', ref: 'refs/pull/7/merge', pullRequest: 7 },
  needs: needs({
    'health-gate': 'failure',
    'build-test': 'failure',
    'production-deployment': 'skipped',
    'post-deployment-validation': 'skipped',
  }),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, unhealthy, 'failure')),
    artifact('mcp', fleet),
    artifact('gate-old', {
      ...gate('health-gate', 14_000, healthy, 'success'),
      run: { ...secrets.run, runId: 640, sha: 'feedfacefeedfacefeedfacefeedfacefeedface' },
    }),
    junit(failedTest),
    lcov,
    sarif,
    { path: 'reports/notes.txt', text: 'nothing that is known' },
  ],
};

/** The deployment failed in its third phase and was rolled back. */
export const rolledBackSample: Sample = {
  run: sampleRun,
  needs: needs({ 'production-deployment': 'failure', 'post-deployment-validation': 'skipped' }),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, healthy, 'success')),
    artifact('mcp', fleet),
    artifact('deploy', unlucky),
    journal,
    junit(''),
    lcov,
    sarif,
  ],
};
