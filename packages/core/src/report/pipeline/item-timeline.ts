import type { ItemStatus, Report, ReportItem } from '../envelope.ts';
import { numberAt, textAt } from '../read/json.ts';
import type { Span } from './model.ts';

const VERDICTS: Readonly<Record<ItemStatus, Span['verdict']>> = {
  success: 'success',
  warning: 'warning',
  failure: 'failure',
  skipped: 'skipped',
};

/** @returns when an item began, in milliseconds since 1970; undefined where its report does not say. */
export function startOf(item: ReportItem): number | undefined {
  const stated = numberAt(item.details, 'startedAtMs') ?? Date.parse(textAt(item.details, 'startedAt'));
  return Number.isNaN(stated) ? undefined : stated;
}

/** @returns a report's items on a time axis; only those that say when they began (`details.startedAt`). */
export function itemTimeline(report: Report): readonly Span[] {
  const spans = report.items.flatMap((item): readonly Span[] => {
    const startMs = startOf(item);
    if (startMs === undefined || item.status === 'skipped') return [];
    const endMs = startMs + item.durationMs;
    return [{ label: item.name, startMs, endMs, verdict: VERDICTS[item.status], nested: false }];
  });
  return spans.toSorted((a, b) => a.startMs - b.startMs);
}
