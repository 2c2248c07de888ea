import { join } from 'node:path';

import type { Config } from '@sophia/core/config/parse-config';
import { FEWEST_RUNS } from '@sophia/core/gate/history';
import type { History } from '@sophia/core/gate/history';
import { oldReportOf } from '@sophia/core/gate/old-report';
import type { JudgedBy } from '@sophia/core/gate/replay';
import { forceVerdict } from '@sophia/core/gate/verdict';
import type { FailOn, Force, GateVerdict } from '@sophia/core/gate/verdict';
import type { ReportItem } from '@sophia/core/report/envelope';
import { stepPasses } from '@sophia/core/report/judge';

import type { Annotation } from '../host/host.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';

/** The configuration's name where it came as text in the workflow: there is no file to point at. */
const INLINE = 'config-inline';

/** The gate's report, from the working directory. */
export const GATE_REPORT_FILE = 'health_gate_report.json';

/** A gate that has run, and how it was asked. */
export interface JudgedGate {
  readonly items: readonly ReportItem[];
  readonly verdict: GateVerdict;
  readonly config: Config<'checks' | 'gate'>;
  readonly failOn: FailOn;
  readonly history: History | undefined;
  /** Why earlier reports could not be read. It warns, and judges nothing. */
  readonly historyTrouble: readonly string[];
  readonly force: Force | undefined;
  /** The working directory as the input says it, for annotations. */
  readonly folder: string;
}

/** @returns everything that is to be shown of a gate: report, outputs, annotations. */
export function gateOutcome(gate: JudgedGate): Outcome {
  const { items, verdict, config, failOn, history, historyTrouble, force } = gate;
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
      judgedBy: judgedBy(gate),
      rootCauses: judged.rootCauses,
      ...historyNote(history),
      ...(historyTrouble.length === 0 ? {} : { historyTrouble }),
      ...(forced ? { forced: { ...force, verdict: verdict.status } } : {}),
    },
    extra: { ...oldReportOf(items) },
    outputs: outputsOf(judged),
    annotations: [...annotationsOf(gate), ...historyTrouble.map(historyWarning)],
    reportFile: GATE_REPORT_FILE,
  });
}

/** The rules, so that the report can be judged again by them. */
function judgedBy({ failOn, items, config }: JudgedGate): JudgedBy {
  const { checks, gate } = config.sections;
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

const historyWarning = (message: string): Annotation => ({ level: 'warning', title: 'history', message });

/** Each failure at the line of the configuration that defines its check; folded ones are explained by another. */
function annotationsOf({ items, config, folder }: JudgedGate): readonly Annotation[] {
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
