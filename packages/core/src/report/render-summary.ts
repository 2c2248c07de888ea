import { formatDuration } from '../duration.ts';
import type { Report, ReportItem } from './envelope.ts';
import { itemWords } from './item-words.ts';
import { bar } from './markdown/bars.ts';
import { assemble, fixed } from './markdown/blocks.ts';
import type { Block } from './markdown/blocks.ts';
import { codeSpan, inlineMarkdown } from './markdown/inline.ts';
import { timelineBlocks } from './markdown/sections.ts';
import { itemTimeline } from './pipeline/item-timeline.ts';
import { SIGNS } from './verdict-words.ts';

export { inlineMarkdown };

/** Bytes; a summary may have 1 MiB, and all steps of a job share the page. */
const BUDGET = 100_000;

const PRIORITY = { failure: 10, warning: 20, skipped: 30, success: 40 } as const;

interface Column {
  readonly title: string;
  readonly rule: string;
  readonly of: (item: ReportItem) => string;
}

const what = (item: ReportItem) => inlineMarkdown(itemWords(item).join(' – '));

const state = (item: ReportItem) =>
  typeof item.details['state'] === 'string' ? item.details['state'] : (item.category ?? item.status);

const name: Column = { title: 'Name', rule: '---', of: (item) => codeSpan(item.name) };
const kind: Column = { title: 'Kind', rule: '---', of: (item) => inlineMarkdown(item.kind) };
const time: Column = { title: 'Time', rule: '---:', of: (item) => formatDuration(item.durationMs) };
const result: Column = { title: 'Result', rule: '---', of: (item) => inlineMarkdown(state(item)) };
const words: Column = { title: 'What', rule: '---', of: what };

function latency(items: readonly ReportItem[]): Column {
  const slowest = Math.max(...items.map((item) => item.durationMs));
  return { title: 'Latency', rule: '---', of: (item) => bar(item.durationMs, slowest) };
}

/** Secrets have neither a time nor attempts that anybody asks for; checks are compared by their latency. */
function columnsOf({ kind: action, items }: Report): readonly Column[] {
  if (action === 'esc-setup') return [name, result, words];
  if (action === 'health-gate') return [name, kind, time, latency(items), result, words];
  return [name, time, result, words];
}

/** Where the order in time says something: checks run side by side, secrets take no time. */
const TIMED: ReadonlySet<Report['kind']> = new Set(['mcp-orchestrate', 'deploy-phase']);

const cells = (values: readonly string[]) => `| ${values.join(' | ')} |`;

const RANK: Readonly<Record<ReportItem['status'], number>> = {
  failure: 0,
  warning: 1,
  skipped: 2,
  success: 3,
};

/** Steps keep their order, which is their meaning; elsewhere what failed comes first. */
function itemsTable(report: Report): readonly Block[] {
  if (report.items.length === 0) return [];
  const columns = columnsOf(report);
  const items =
    report.kind === 'deploy-phase'
      ? report.items
      : report.items.toSorted((a, b) => RANK[a.status] - RANK[b.status]);
  const rows = items.map((item) => ({
    text: cells([SIGNS[item.status], ...columns.map((column) => column.of(item))]),
    priority: PRIORITY[item.status],
  }));
  const head = [
    cells(['', ...columns.map(({ title }) => title)]),
    cells(['---', ...columns.map(({ rule }) => rule)]),
  ].join('\n');
  return [{ head, rows, tail: '', priority: PRIORITY.failure }];
}

/** @returns the step summary of one report: the verdict first, then its items, then when each of them ran. */
export function renderReportSummary(report: Report): string {
  const facts = [
    inlineMarkdown(report.summary),
    inlineMarkdown(report.environment),
    formatDuration(report.durationMs),
  ].filter((part) => part !== '');
  const blocks = [
    fixed(`### ${SIGNS[report.status]} ${report.kind}: ${report.status}\n\n${facts.join(' · ')}`),
    ...itemsTable(report),
    ...(TIMED.has(report.kind) ? timelineBlocks('Timeline', itemTimeline(report)) : []),
  ];
  const { text, dropped } = assemble(blocks, BUDGET);
  return dropped === 0 ? text : `${text}\n<sub>shortened: ${dropped} rows are only in the report</sub>\n`;
}
