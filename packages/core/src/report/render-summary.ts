import { formatDuration } from '../duration.ts';
import type { ItemStatus, Report, ReportItem, ReportStatus } from './envelope.ts';

const SIGNS: Readonly<Record<ReportStatus | ItemStatus, string>> = {
  success: '✅',
  warning: '⚠️',
  failure: '❌',
  inconclusive: '⚠️',
  'rolled-back': '⚠️',
  'rollback-failed': '❌',
  cancelled: '⚠️',
  planned: '✅',
  skipped: '–',
};

/** @returns foreign text as one line of inert Markdown: no markup, mention, reference or table cell of its own. */
export function inlineMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+!|~<>&]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/@/g, '&#64;')
    .trim();
}

function row(item: ReportItem): string {
  const what = [item.message, item.hint].filter((part) => part !== '').join(' – ');
  const folded = item.foldedUnder === null ? '' : `because of ${item.foldedUnder}: `;
  const cells = [SIGNS[item.status], item.name, item.kind, formatDuration(item.durationMs), folded + what];
  return `| ${cells.map(inlineMarkdown).join(' | ')} |`;
}

/** @returns the step summary of a report: the verdict first, then a table of its items. */
export function renderReportSummary(report: Report): string {
  const heading = `### ${SIGNS[report.status]} ${report.kind}: ${report.status}`;
  const line = `${inlineMarkdown(report.summary)} · ${inlineMarkdown(report.environment || 'no environment')} · ${formatDuration(report.durationMs)}`;
  if (report.items.length === 0) return `${heading}\n\n${line}\n`;
  const table = [
    '| | name | kind | time | what |',
    '| --- | --- | --- | ---: | --- |',
    ...report.items.map(row),
  ];
  return `${heading}\n\n${line}\n\n${table.join('\n')}\n`;
}
