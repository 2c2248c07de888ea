// The deployment that went well, the one that was rolled back, and its journal.
import { createHash } from 'node:crypto';

import type { ReportItem } from '../envelope.ts';
import { reportItem } from '../judge.ts';
import type { SourceFile } from '../read/source.ts';
import { at, report, START_MS } from './sample-report.ts';

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

/** All steps went well. */
export const deployed = report({
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

/** One failed in the third phase. */
export const unlucky = report({
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

/** The journal of the one that was rolled back. */
export const journal: SourceFile = {
  path: 'logs/deployments/sophia-production-1781256600.jsonl',
  text: chained(),
};
