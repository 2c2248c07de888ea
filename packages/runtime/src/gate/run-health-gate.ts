import { join } from 'node:path';

import { formatDuration } from '@sophia/core/duration';
import { SophiaError } from '@sophia/core/errors';
import { FEWEST_RUNS } from '@sophia/core/gate/history';
import type { History } from '@sophia/core/gate/history';
import type { JudgedBy } from '@sophia/core/gate/replay';
import { oldReportOf } from '@sophia/core/gate/old-report';
import { forceVerdict } from '@sophia/core/gate/verdict';
import type { FailOn, Force, GateVerdict } from '@sophia/core/gate/verdict';
import { checkKinds } from '@sophia/core/config/check-schemas';
import type { Config } from '@sophia/core/config/parse-config';
import { didYouMean } from '@sophia/core/nearest-name';
import { stepPasses } from '@sophia/core/report/judge';
import type { ReportItem } from '@sophia/core/report/envelope';

import { requireConfig } from '../config/load-config.ts';
import type { Annotation } from '../host/host.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { runGate, sectionsOf } from './gate.ts';

/** The gate's own inputs, parsed (contract, section 3). */
export interface HealthGateInputs {
  /** Names of checks; empty: all. */
  readonly checks: readonly string[];
  /** Kinds of check that are left out. */
  readonly exceptKinds: readonly string[];
  readonly failOn: FailOn;
  readonly force: boolean;
  readonly forceReason: string;
  readonly history: string;
}

/** The configuration's name where it came as text in the workflow: there is no file to point at. */
const INLINE = 'config-inline';

/** The gate's report, from the working directory. */
export const GATE_REPORT_FILE = 'health_gate_report.json';

/**
 * Runs the checks of the configuration and judges them.
 *
 * @param onItem called once a check when it ends; default: a line in the log
 * @throws SophiaError `usage`, `trust`, `unsupported` or `configuration`; nothing has run by then
 */
export async function runHealthGate(
  inputs: HealthGateInputs,
  session: Session,
  onItem: (item: ReportItem) => void = (item) => session.host.log.info(checkLine(item)),
): Promise<Outcome> {
  const force = readForce(inputs, session);
  refuseArtifacts(inputs.history);
  const config = await loadGateConfig(session);
  const { failOn } = inputs;
  const names = namesOf(inputs, config);
  const history = await historyFor(inputs, session, config.environment);
  const { items, verdict } = await runGate({
    ...{ config, names, session, failOn, onItem },
    ...(history === undefined ? {} : { history }),
  });
  const judged = force === undefined ? verdict : forceVerdict(verdict, force);
  const forced = force !== undefined && judged !== verdict;
  return outcome({
    status: judged.status,
    passes: stepPasses(judged.status) || failOn === 'never',
    environment: config.environment,
    deploymentId: config.deploymentId,
    items,
    metrics: { ...metricsOf(items, judged), ...rollingOf(history) },
    summary: judged.summary,
    details: {
      judgedBy: judgedBy(failOn, items, config),
      rootCauses: judged.rootCauses,
      ...historyNote(history),
      ...(forced ? { forced: { ...force, verdict: verdict.status } } : {}),
    },
    extra: { ...oldReportOf(items) },
    outputs: outputsOf(judged),
    annotations: annotationsOf(items, config, session.common.workingDirectory),
    reportFile: GATE_REPORT_FILE,
  });
}

/** Sections that no check reads are left alone: a variable that is missing there is nothing to the gate. */
async function loadGateConfig(session: Session): Promise<Config<'checks' | 'gate' | 'secrets' | 'mcp'>> {
  const first = await requireConfig(session, ['checks', 'gate']);
  const sections = sectionsOf(first.sections.checks);
  return requireConfig(session, sections);
}

/** The checks that are asked for, without the kinds that are left out. */
function namesOf(
  { checks, exceptKinds }: HealthGateInputs,
  config: Config<'checks'>,
): readonly string[] | 'all' {
  const unknown = exceptKinds.find((kind) => !checkKinds.some((known) => known === kind));
  if (unknown !== undefined) {
    throw new SophiaError('usage', {
      message: `input "except-kinds": there is no kind "${unknown}"${didYouMean(unknown, checkKinds)}`,
      hint: `the kinds are ${checkKinds.join(', ')}`,
    });
  }
  if (exceptKinds.length === 0) return checks.length === 0 ? 'all' : checks;
  const named = checks.length === 0 ? Object.keys(config.sections.checks) : checks;
  return named.filter((name) => !exceptKinds.includes(config.sections.checks[name]?.kind ?? ''));
}

function readForce({ force, forceReason }: HealthGateInputs, { host }: Session): Force | undefined {
  if (!force) return undefined;
  if (host.event.name.startsWith('pull_request') || host.event.pullRequest !== undefined) {
    throw new SophiaError('trust', {
      message: 'a gate cannot be forced on a pull request',
      hint: 'mend what fails, or force the deployment after the merge',
    });
  }
  if (forceReason === '') {
    throw new SophiaError('usage', {
      message: 'force needs a reason',
      hint: 'say in `force-reason` why the failures may be passed over; it is recorded in the report',
    });
  }
  return { reason: forceReason, actor: host.run.actor };
}

function refuseArtifacts(history: string): void {
  if (history !== 'artifact') return;
  throw new SophiaError('unsupported', {
    message: 'this version does not fetch the reports of earlier runs itself',
    hint: 'fetch them with actions/download-artifact and give `history` the folder, or leave it out; nothing has run',
  });
}

async function historyFor(
  { history }: HealthGateInputs,
  session: Session,
  environment: string,
): Promise<History | undefined> {
  if (history === 'none' || history === '') return undefined;
  const { readHistory } = await import('./read-history.ts');
  return readHistory(session, history, environment);
}

const SIGNS = { success: 'ok', warning: 'warning', failure: 'FAILED', skipped: 'skipped' } as const;

/** @returns the line that people see when a check ends. */
export function checkLine({
  status,
  name,
  durationMs,
  attempts,
  category,
  message,
  hint,
}: ReportItem): string {
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  const why = category === null ? '' : ` [${category}]`;
  const next = status === 'success' || hint === '' ? '' : `\n  -> ${hint}`;
  return `${SIGNS[status].padEnd(7)} ${name}${why}: ${message} (${formatDuration(durationMs)}${tries})${next}`;
}

/** The rules, so that the report can be judged again by them. */
function judgedBy(
  failOn: FailOn,
  items: readonly ReportItem[],
  { sections: { checks, gate } }: Config<'checks' | 'gate'>,
): JudgedBy {
  const weights = items.map(({ name }) => [name, checks[name]?.weight ?? 1] as const);
  return {
    failOn,
    ...(gate['minimum-score'] === undefined ? {} : { minimumScore: gate['minimum-score'] }),
    weights: Object.fromEntries(weights.filter(([, weight]) => weight !== 1)),
  };
}

const metricsOf = (items: readonly ReportItem[], { passRate, score }: GateVerdict) => ({
  passRate,
  score,
  checks: items.length,
  slowestMs: Math.max(0, ...items.map(({ durationMs }) => durationMs)),
});

/** One run of a few checks proves no rate: the rolling one stands apart, with what it is at least. */
const rollingOf = (history: History | undefined): Record<string, number> =>
  history === undefined
    ? {}
    : {
        historyRuns: history.runs,
        rollingPassRate: history.rolling.rate,
        rollingLowerBound: history.rolling.lowerBound,
      };

const historyNote = (history: History | undefined) =>
  history === undefined || history.runs >= FEWEST_RUNS
    ? {}
    : {
        history: `only ${history.runs} earlier runs: limits against a baseline are not judged below ${FEWEST_RUNS}`,
      };

/** Four digits, and no more than there are. */
const share = (value: number) => String(Math.round(value * 10_000) / 10_000);

const outputsOf = ({ passRate, score, failedChecks, rootCauses }: GateVerdict) => ({
  'pass-rate': share(passRate),
  score: share(score),
  'failed-checks': JSON.stringify(failedChecks),
  'root-causes': JSON.stringify(rootCauses),
});

/** Each failure at the line of the configuration that defines its check; folded ones are explained by another. */
function annotationsOf(
  items: readonly ReportItem[],
  config: Config<'checks'>,
  folder: string,
): readonly Annotation[] {
  const shown = items.filter(
    ({ status, severity }) => status === 'failure' || (status === 'warning' && severity !== 'info'),
  );
  return shown.map(({ name, status, severity, message, hint }) => ({
    level:
      status === 'failure' && severity === 'critical' ? 'error' : severity === 'info' ? 'notice' : 'warning',
    title: `check ${name}`,
    message: hint === '' ? message : `${message}\n${hint}`,
    ...(config.file === INLINE
      ? {}
      : { file: join(folder, config.file), ...config.placeOf(['checks', name]) }),
  }));
}
