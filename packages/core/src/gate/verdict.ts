import type { ReportItem } from '../report/envelope.ts';
import { passRateOf, scoreOf } from './score.ts';

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
