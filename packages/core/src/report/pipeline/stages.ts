import type { Report, ReportItem, ReportStatus } from '../envelope.ts';
import type { Coverage, Findings, Job, TestRun } from '../read/source.ts';
import type { Stage, StageKind, Verdict } from './model.ts';

/** The order of the pipeline: what comes first explains what comes later. */
export const STAGE_ORDER: readonly StageKind[] = [
  'esc-setup',
  'health-gate',
  'findings',
  'tests',
  'coverage',
  'mcp-orchestrate',
  'deploy-phase',
  'jobs',
];

export const STAGE_TITLES: Readonly<Record<StageKind, string>> = {
  'esc-setup': 'Secrets',
  'health-gate': 'Health gate',
  'mcp-orchestrate': 'MCP fleet',
  'deploy-phase': 'Deployment',
  tests: 'Tests',
  coverage: 'Coverage',
  findings: 'Findings',
  jobs: 'Jobs',
};

/** @returns what a report is about: a plan is no deployment yet, and a registry that was checked is no fleet. */
export function titleOf(report: Report): string {
  if (report.status === 'planned') return 'Plan';
  if (report.kind === 'mcp-orchestrate' && 'findings' in report.details) return 'MCP registry';
  return STAGE_TITLES[report.kind as StageKind];
}

const VERDICTS: Readonly<Record<ReportStatus, Verdict>> = {
  success: 'success',
  planned: 'success',
  warning: 'warning',
  failure: 'failure',
  inconclusive: 'failure',
  'rolled-back': 'failure',
  'rollback-failed': 'failure',
  cancelled: 'failure',
};

/** @returns the verdict of a report; a rollback that somebody asked for did what it should. */
export function verdictOf(report: Report): Verdict {
  if (report.status === 'rolled-back' && report.details['phase'] === 'rollback') return 'warning';
  return VERDICTS[report.status];
}

/** Folded items stay in the denominators (contract, section 5); what was simply not run does not. */
const isCounted = (item: ReportItem) =>
  item.severity !== 'info' && (item.status !== 'skipped' || item.foldedUnder !== null);

const NOUNS: Readonly<Record<string, string>> = {
  'esc-setup': 'secrets',
  'health-gate': 'checks',
  'mcp-orchestrate': 'servers healthy',
  'deploy-phase': 'steps',
};

const STATUS_WORDS: Partial<Readonly<Record<ReportStatus, string>>> = {
  inconclusive: 'inconclusive',
  'rolled-back': 'rolled back',
  'rollback-failed': 'rollback failed',
  cancelled: 'cancelled',
};

function resultOf(report: Report, passed: number, total: number): string {
  if (report.status === 'planned') return `planned, ${report.items.length} steps`;
  const score = report.metrics['score'];
  const noun = titleOf(report) === 'MCP registry' ? 'servers hold' : (NOUNS[report.kind] ?? '');
  const words = [
    STATUS_WORDS[report.status],
    total > 0 ? `${passed}/${total} ${noun}` : undefined,
    score === undefined ? undefined : `score ${Math.floor(score * 100)}`,
  ].filter((word) => word !== undefined);
  return words.join(', ') || report.status;
}

/** @returns a report's row; `qualifier` tells it from others of its kind, and is empty for the only one. */
export function reportStage(report: Report, qualifier: string): Stage {
  const counted = report.items.filter(isCounted);
  const passed = counted.filter((item) => item.status === 'success' || item.status === 'warning').length;
  const title = titleOf(report);
  return {
    key: [title, report.environment, report.run.job].join(':'),
    kind: report.kind as StageKind,
    title: qualifier === '' ? title : `${title} · ${qualifier}`,
    verdict: verdictOf(report),
    result: resultOf(report, passed, counted.length),
    passed,
    total: counted.length,
    failed: counted.length - passed,
    durationMs: report.durationMs,
  };
}

/**
 * Each job that needs secrets opens the environment for itself. Where all found the same, and all is well, that is one
 * row: its key does not depend on which jobs they were.
 */
export function secretStages(stages: readonly Stage[]): readonly Stage[] {
  const [first, ...others] = stages;
  if (first === undefined || others.length === 0) return stages;
  const same = others.every(({ verdict, result }) => verdict === first.verdict && result === first.result);
  if (!same || first.verdict === 'failure') return stages;
  const title = STAGE_TITLES['esc-setup'];
  return [{ ...first, key: title, title, result: `${first.result}, in ${stages.length} jobs` }];
}

const sum = <T>(list: readonly T[], of: (one: T) => number) =>
  list.reduce((total, one) => total + of(one), 0);

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function testsStage(runs: readonly TestRun[]): Stage {
  const passed = sum(runs, (run) => run.passed);
  const failed = sum(runs, (run) => run.failed);
  const skipped = sum(runs, (run) => run.skipped);
  const words = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  return {
    ...emptyStage('tests'),
    verdict: failed > 0 ? 'failure' : 'success',
    result: words.join(', '),
    passed,
    total: passed + failed,
    failed,
    durationMs: sum(runs, (run) => run.durationMs),
  };
}

export function coverageStage(coverages: readonly Coverage[]): Stage {
  const total = sum(coverages, (coverage) => coverage.linesTotal);
  const passed = sum(coverages, (coverage) => coverage.linesCovered);
  const result = total === 0 ? 'no lines' : `${((passed / total) * 100).toFixed(1)} % of lines`;
  return { ...emptyStage('coverage'), result, passed, total };
}

export function findingsStage(all: readonly Findings[]): Stage {
  const errors = sum(all, (findings) => findings.errors);
  const warnings = sum(all, (findings) => findings.warnings);
  return {
    ...emptyStage('findings'),
    verdict: errors > 0 ? 'failure' : warnings > 0 ? 'warning' : 'success',
    result: `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`,
    total: errors + warnings,
    failed: errors + warnings,
  };
}

const isRed = (job: Job) => job.result === 'failure' || job.result === 'cancelled';

export function jobsStage(jobs: readonly Job[]): Stage {
  const ran = jobs.filter((job) => job.result !== 'skipped');
  const failed = ran.filter(isRed).length;
  const skipped = jobs.length - ran.length;
  return {
    ...emptyStage('jobs'),
    verdict: failed > 0 ? 'failure' : 'success',
    result: `${ran.length - failed}/${ran.length} jobs${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    passed: ran.length - failed,
    total: ran.length,
    failed,
  };
}

const emptyStage = (kind: StageKind): Stage => ({
  key: kind,
  kind,
  title: STAGE_TITLES[kind],
  verdict: 'success',
  result: '',
  passed: 0,
  total: 0,
  failed: 0,
  durationMs: undefined,
});
