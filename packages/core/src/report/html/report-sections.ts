import type { ItemStatus, Report, ReportItem } from '../envelope.ts';
import { startOf } from '../pipeline/item-timeline.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { reportStage, STAGE_TITLES, titleOf } from '../pipeline/stages.ts';
import { numberAt, textAt } from '../read/json.ts';
import { barChart } from './chart.ts';
import type { BarRow } from './chart.ts';
import { html, when, withCode } from './html.ts';
import type { Content, Html } from './html.ts';
import { icon } from './icons.ts';
import type { Tone } from './icons.ts';

/** A part of the page: `id` is its anchor. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** A few words beside the title. */
  readonly aside: string;
  readonly body: Html;
}

const tones: Readonly<Record<ItemStatus, Tone>> = {
  success: 'success',
  warning: 'warning',
  failure: 'failure',
  skipped: 'skipped',
};

/** An item that is allowed to fail is amber: red is what blocks. */
function toneOf(item: ReportItem): Tone {
  return item.status === 'failure' && item.severity !== 'critical' ? 'warning' : tones[item.status];
}

function noteOf(item: ReportItem): Content {
  if (item.status === 'success') return undefined;
  if (item.foldedUnder !== null) return html`<span class="muted">explained by ${item.foldedUnder}</span>`;
  if (item.status === 'skipped') return undefined;
  const hint = when(item.hint !== '', () => html` <span class="todo">${withCode(item.hint)}</span>`);
  return html`<strong>${item.category ?? ''}</strong> ${withCode(item.message)}${hint}`;
}

export function attemptsWord(item: ReportItem): string {
  return item.attempts > 1 ? `${item.attempts} attempts` : '';
}

export const words = (...parts: readonly string[]) => parts.filter((part) => part !== '').join(' · ');

const ofKind = ({ reports }: Pipeline, kind: Report['kind']) =>
  reports.filter((report) => report.kind === kind);

/** Several reports of one kind stand below each other, each with its job. */
function eachReport(reports: readonly Report[], render: (report: Report) => Html): Html {
  const heading = (report: Report) =>
    when(
      reports.length > 1,
      () => html`<h3>${titleOf(report)} · ${report.run.job || report.environment}</h3>`,
    );
  return html`${reports.map((report) => html`${heading(report)}${render(report)}`)}`;
}

function asideOf(reports: readonly Report[]): string {
  return reports.length === 1 ? reports.map((report) => reportStage(report, '').result).join('') : '';
}

export function reportSection(
  pipeline: Pipeline,
  kind: Exclude<Report['kind'], 'pr-report'>,
  render: (report: Report) => Html,
) {
  const reports = ofKind(pipeline, kind);
  if (reports.length === 0) return undefined;
  const section: Section = {
    id: kind,
    title: STAGE_TITLES[kind],
    aside: asideOf(reports),
    body: eachReport(reports, render),
  };
  return section;
}

/** @returns why a report that has no item to blame is red. */
export const faultOf = (report: Report) => {
  const message = textAt(report.details['error'], 'message');
  const hint = textAt(report.details['error'], 'hint');
  return when(
    message !== '',
    () =>
      html`<p class="fault">
        ${message} ${when(hint !== '', () => html`<span class="todo">${withCode(hint)}</span>`)}
      </p>`,
  );
};

/** @returns what happened when, job by job. */
export function pipelineSection({ timeline }: Pipeline): Section | undefined {
  if (timeline.length < 2) return undefined;
  const originMs = Math.min(...timeline.map((span) => span.startMs));
  const rows = timeline.map((span): BarRow => ({
    label: span.label,
    tone: span.verdict,
    startMs: span.startMs - originMs,
    durationMs: span.endMs - span.startMs,
    nested: span.nested,
  }));
  const chart = barChart({ caption: 'When each job ran', labelTitle: 'Job', rows });
  return { id: 'pipeline', title: 'Pipeline', aside: '', body: chart };
}

/** Items without a time: only those that do not hold are spelt out. */
function itemList({ items }: Pick<Report, 'items'>): Html {
  const bad = items.filter((item) => item.status !== 'success');
  const good = items.filter((item) => item.status === 'success');
  const rows = bad.map(
    (item) => html`<li>${icon(toneOf(item))}<code>${item.name}</code> ${noteOf(item)}</li>`,
  );
  const names = good.map(({ name }) => html`<code>${name}</code> `);
  return html`${when(
    bad.length > 0,
    () =>
      html`<ul class="plain">
        ${rows}
      </ul>`,
  )}${when(good.length > 0, () => html`<p class="names">${icon('success')}${names}</p>`)}`;
}

const resultsOf = ({ items }: Report) => JSON.stringify(items.map(({ name, status }) => [name, status]));

/** @returns the secrets; jobs that found the same share one list. */
export function secretsSection(pipeline: Pipeline): Section | undefined {
  const reports = ofKind(pipeline, 'esc-setup');
  const distinct = new Map(reports.map((report) => [resultsOf(report), report]));
  const body = (report: Report) => html`${faultOf(report)}${itemList(report)}`;
  if (distinct.size !== 1 || reports.length < 2) return reportSection(pipeline, 'esc-setup', body);
  return {
    id: 'esc-setup',
    title: STAGE_TITLES['esc-setup'],
    aside: `the same in ${reports.length} jobs: ${reports.map(({ run }) => run.job).join(', ')}`,
    body: html`${[...distinct.values()].map(body)}`,
  };
}

/** A baseline is what the check took before, where the gate knows it. */
const baselineOf = (item: ReportItem) => numberAt(item.details, 'baselineMs');

/** @returns the checks by their latency. */
export function gateSection(pipeline: Pipeline): Section | undefined {
  return reportSection(pipeline, 'health-gate', (report) => {
    const rows = report.items.map((item): BarRow => ({
      label: item.name,
      aside: words(
        item.kind === item.name ? '' : item.kind,
        attemptsWord(item),
        item.status === 'success' ? item.message : '',
      ),
      tone: toneOf(item),
      startMs: item.status === 'skipped' ? undefined : 0,
      durationMs: item.durationMs,
      markMs: baselineOf(item),
      note: noteOf(item),
    }));
    return html`${faultOf(report)}${when(rows.length > 0, () => barChart({ caption: 'Latency of each check', labelTitle: 'Check', rows }))}`;
  });
}

/** Bars start where the report says when; without that they only compare durations. */
export function itemRows(report: Report, aside: (item: ReportItem) => string): readonly BarRow[] {
  const starts = report.items.flatMap((item) => startOf(item) ?? []);
  const originMs = Math.min(...starts);
  return report.items.map((item): BarRow => {
    const startMs = startOf(item);
    const ran = item.status !== 'skipped' && (startMs !== undefined || starts.length === 0);
    return {
      label: item.name,
      aside: aside(item),
      tone: toneOf(item),
      startMs: ran ? (startMs ?? originMs) - originMs || 0 : undefined,
      durationMs: item.durationMs,
      note: noteOf(item),
    };
  });
}

/** @returns the servers by when they became healthy. */
export function fleetSection(pipeline: Pipeline): Section | undefined {
  return reportSection(pipeline, 'mcp-orchestrate', (report) => {
    const restarts = (item: ReportItem) => {
      const count = numberAt(item.details, 'restarts') ?? 0;
      return count > 0 ? `${count} restart${count === 1 ? '' : 's'}` : '';
    };
    const rows = itemRows(report, (item) =>
      item.status === 'success' && item.message !== ''
        ? item.message
        : words(textAt(item.details, 'state'), restarts(item)),
    );
    const isTimed = report.items.some((item) => item.durationMs > 0);
    const chart = () => barChart({ caption: 'Start of each server', labelTitle: 'Server', rows });
    return html`${faultOf(report)}${isTimed ? chart() : itemList(report)}`;
  });
}
