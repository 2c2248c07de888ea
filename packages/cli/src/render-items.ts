import { formatDuration } from '@sophia/core/duration';
import type { ItemStatus, Report, ReportItem, ReportStatus } from '@sophia/core/report/envelope';
import { itemWords } from '@sophia/core/report/item-words';
import Table from 'cli-table3';
import pc from 'picocolors';

import { oneLine } from './terminal-log.ts';

const COLOURS: Readonly<Record<ItemStatus | ReportStatus, (text: string) => string>> = {
  success: pc.green,
  planned: pc.green,
  warning: pc.yellow,
  inconclusive: pc.yellow,
  'rolled-back': pc.yellow,
  cancelled: pc.yellow,
  failure: pc.red,
  'rollback-failed': pc.red,
  skipped: pc.dim,
};

const NO_BORDER = {
  ...{
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  },
  ...{
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
};

/** @returns the verdict of a report in a line. */
export const renderVerdict = ({ status, summary, durationMs }: Report): string =>
  `${COLOURS[status](pc.bold(status))}  ${oneLine(summary)}  ${pc.dim(formatDuration(durationMs))}`;

/** @returns an item in a line. */
export const renderItem = ({ name, status, category, message }: ReportItem): string =>
  `${COLOURS[status](status)} ${oneLine(name)}${category === null ? '' : ` [${category}]`} ${oneLine(message)}`;

/** @returns the verdict of a report and a table of its items, for a terminal of that many columns. */
export function renderItems(report: Report, columns: number): string {
  const headline = renderVerdict(report);
  if (report.items.length === 0) return headline;
  const names = Math.max(4, ...report.items.map((item) => item.name.length));
  const room = Math.max(20, columns - names - 36);
  const table = new Table({
    chars: NO_BORDER,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: [null, null, null, null, room],
    wordWrap: true,
  });
  for (const item of report.items) {
    table.push([
      COLOURS[item.status](item.status),
      oneLine(item.name),
      pc.dim(item.kind),
      formatDuration(item.durationMs),
      itemWords(item).map(oneLine).join('\n'),
    ]);
  }
  return `${table.toString()}\n\n${headline}`;
}
