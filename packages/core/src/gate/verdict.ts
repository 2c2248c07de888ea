import type { ReportItem } from '../report/envelope.ts';
import { hasOwnFailure } from './fold.ts';
import { passRateOf, scoreOf } from './score.ts';
import type { Weights } from './score.ts';

export const FAIL_ON = ['critical', 'warning', 'never'] as const;
/** Which failed checks fail the gate; `never` leaves the verdict and passes the step (contract, section 3). */
export type FailOn = (typeof FAIL_ON)[number];

export type GateStatus = 'success' | 'warning' | 'failure' | 'inconclusive';

/** What the gate says. */
export interface GateVerdict {
  readonly status: GateStatus;
  /** One line for people: what it comes to, and why. */
  readonly summary: string;
  /** 0 to 1, weighted: success 1, warning 0.5, else 0. */
  readonly score: number;
  /** 0 to 1: checks that hold, of all that are judged. */
  readonly passRate: number;
  /** Names of the checks that failed and are not explained by another. */
  readonly failedChecks: readonly string[];
  /** One line a cause: `name: message`. */
  readonly rootCauses: readonly string[];
}

/** How the gate judges. */
export interface GateRules {
  readonly failOn: FailOn;
  readonly minimumScore?: number | undefined;
  readonly weights: Weights;
}

const isJudged = (item: ReportItem) => item.severity !== 'info';

/** A critical check that was folded under a mere warning, and failed itself, is still a critical check that failed. */
const failsGate = (item: ReportItem, failOn: FailOn) =>
  hasOwnFailure(item) &&
  (item.severity === 'critical' || (failOn === 'warning' && item.severity === 'warning'));

/**
 * Judges folded items. A failed critical check fails the gate whatever the score; where all that fails it is the
 * runner's own network, nothing is known: `inconclusive`.
 */
export function judgeGate(items: readonly ReportItem[], rules: GateRules): GateVerdict {
  const score = scoreOf(items, rules.weights);
  const passRate = passRateOf(items);
  const roots = items.filter((item) => item.status === 'failure' && isJudged(item));
  const { status, why } = statusOf(items, score, rules);
  const figures = {
    score,
    passRate,
    failedChecks: roots.map(({ name }) => name),
    rootCauses: causesOf(roots),
  };
  return { status, summary: `${countOf(items)}${why === '' ? '' : `; ${why}`}`, ...figures };
}

const NO_WAY_OUT = "the runner's own network has no way out, so nothing is known of the rest";

function statusOf(
  items: readonly ReportItem[],
  score: number,
  { failOn, minimumScore }: GateRules,
): { status: GateStatus; why: string } {
  const blocking = items.filter((item) => failsGate(item, failOn));
  const known = blocking.filter(({ category }) => category !== 'runner');
  if (known.length > 0) return { status: 'failure', why: firstOf(causesOf(rootsOf(known, items))) };
  const unknown = items.some((item) => isJudged(item) && item.category === 'runner');
  const tooLow = minimumScore !== undefined && score < minimumScore;
  if (blocking.length > 0 || (tooLow && unknown)) return { status: 'inconclusive', why: NO_WAY_OUT };
  if (tooLow) {
    return { status: 'failure', why: `the score ${rounded(score)} is below the minimum of ${minimumScore}` };
  }
  if (items.length === 0) return { status: 'warning', why: 'no check was asked, so nothing was proven' };
  const wary = items.filter((item) => isJudged(item) && item.status !== 'success');
  if (wary.length > 0) return { status: 'warning', why: firstOf(causesOf(rootsOf(wary, items))) };
  return { status: 'success', why: '' };
}

/** A summary is one line: more causes than these are in the list of items. */
const MOST_CAUSES = 3;

function firstOf(causes: readonly string[]): string {
  const more = causes.length - MOST_CAUSES;
  return [...causes.slice(0, MOST_CAUSES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Replaces folded items by what they are folded under, each once. */
function rootsOf(chosen: readonly ReportItem[], items: readonly ReportItem[]): readonly ReportItem[] {
  const byName = new Map(items.map((item) => [item.name, item]));
  const roots = chosen.map((item) =>
    item.foldedUnder === null ? item : (byName.get(item.foldedUnder) ?? item),
  );
  return [...new Set(roots)];
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
const causesOf = (roots: readonly ReportItem[]) =>
  roots.map(({ name, message }) => oneLine(`${name}: ${message}`));

/** @returns a share for people, never rounded up to a whole that it is not. */
const rounded = (share: number) => Math.floor(share * 1_000) / 1_000;

function countOf(items: readonly ReportItem[]): string {
  const count = (status: ReportItem['status']) => items.filter((item) => item.status === status).length;
  const holding = count('success') + count('warning');
  const parts = [`${holding} of ${items.length} checks hold`];
  if (count('skipped') > 0) parts.push(`${count('skipped')} explained by another`);
  return parts.join(', ');
}

/** A person's decision to pass in spite of failures. */
export interface Force {
  readonly reason: string;
  readonly actor: string;
}

/** @returns the verdict under a force: a gate that would stop the step is a warning that says who wanted it, and why. */
export function forceVerdict(verdict: GateVerdict, { reason, actor }: Force): GateVerdict {
  if (verdict.status !== 'failure' && verdict.status !== 'inconclusive') return verdict;
  const by = actor === '' ? '' : ` by ${actor}`;
  return {
    ...verdict,
    status: 'warning',
    summary: oneLine(`forced${by} (${reason}): would be ${verdict.status}; ${verdict.summary}`),
  };
}
