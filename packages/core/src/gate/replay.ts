import type { Report } from '../report/envelope.ts';
import { oldReportOf } from './old-report.ts';
import { FAIL_ON, forceVerdict, judgeGate } from './verdict.ts';
import type { FailOn, Force, GateRules } from './verdict.ts';

/** What a gate's report keeps so that it can be judged again. */
export interface JudgedBy {
  readonly failOn: FailOn;
  readonly minimumScore?: number;
  /** Weights that are not 1. */
  readonly weights: Readonly<Record<string, number>>;
}

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function rulesOf(details: Json): GateRules | undefined {
  const judgedBy = details['judgedBy'];
  if (!isMap(judgedBy) || !isMap(judgedBy['weights'])) return undefined;
  const failOn = FAIL_ON.find((known) => known === judgedBy['failOn']);
  if (failOn === undefined) return undefined;
  const minimumScore = judgedBy['minimumScore'];
  const weights = new Map(
    Object.entries(judgedBy['weights']).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  );
  return { failOn, weights, ...(typeof minimumScore === 'number' ? { minimumScore } : {}) };
}

function forceOf(details: Json): Force | undefined {
  const forced = details['forced'];
  if (!isMap(forced)) return undefined;
  const { reason, actor } = forced;
  return typeof reason === 'string' && typeof actor === 'string' ? { reason, actor } : undefined;
}

/**
 * Judges the items of an old report again, by the rules that it was judged by: of a true report it gives the same
 * report, field by field and in the same order.
 *
 * @returns undefined where the report is none of a gate, or nothing was judged in it
 */
export function replayReport(report: Report): Report | undefined {
  const rules = report.kind === 'health-gate' ? rulesOf(report.details) : undefined;
  if (rules === undefined) return undefined;
  const verdict = judgeGate(report.items, rules);
  const force = forceOf(report.details);
  const { status, summary, score, passRate, rootCauses } =
    force === undefined ? verdict : forceVerdict(verdict, force);
  return {
    ...report,
    status,
    summary,
    metrics: { ...report.metrics, passRate, score },
    details: { ...report.details, rootCauses },
    ...oldReportOf(report.items),
  };
}
