import { absoluteLimit } from '@sophia/core/gate/history';
import { judgeSamples } from '@sophia/core/gate/samples';
import type { ReportItem } from '@sophia/core/report/envelope';
import { reportItem } from '@sophia/core/report/judge';

import type { BoundCheck } from './plan-checks.ts';
import type { CheckRun } from './scheduler.ts';

/** A service's text is untrusted, and may be long. */
const LONGEST_MESSAGE = 300;

const oneLine = (text: string) => {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}...` : line;
};

/** @returns the report's item of a check that has run. */
export function itemOf(check: BoundCheck, run: CheckRun): ReportItem {
  const { config, target, baseline } = check;
  const maxLatency = absoluteLimit(config['max-latency'], baseline);
  const { samples, attempts, startedAtMs, durationMs } = run;
  const verdict = judgeSamples(samples, {
    minPassRate: config['min-pass-rate'],
    maxLatency,
  });
  return reportItem({
    name: check.name,
    kind: config.kind,
    severity: config.severity,
    status: verdict.status,
    durationMs: Math.round(durationMs),
    attempts,
    category: verdict.fault?.category ?? null,
    message: oneLine(verdict.message),
    hint: oneLine(verdict.fault?.hint ?? ''),
    details: {
      startedAtMs,
      ...(target === undefined ? {} : { target: withoutCredentials(target) }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(maxLatency === undefined ? {} : maxLatency),
      ...verdict.details,
    },
  });
}

/** A URL may carry credentials and a query that is nobody's business. */
function withoutCredentials(target: string): string {
  if (!target.includes('://') || !URL.canParse(target)) return target;
  const { protocol, host, pathname } = new URL(target);
  return `${protocol}//${host}${pathname}`;
}
