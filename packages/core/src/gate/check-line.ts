import { formatDuration } from '../duration.ts';
import type { ReportItem } from '../report/envelope.ts';

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
