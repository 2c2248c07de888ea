import type { Report } from '../envelope.ts';
import { startOf } from '../pipeline/item-timeline.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { journalTimeline } from '../pipeline/timeline.ts';
import { barChart } from './chart.ts';
import type { BarRow } from './chart.ts';
import { html, when } from './html.ts';
import { icon } from './icons.ts';
import { journalList } from './journal-list.ts';
import { attemptsWord, faultOf, itemRows, reportSection } from './report-sections.ts';
import type { Section } from './report-sections.ts';

/** Steps are named `phase/step`: the phase heads its group. */
function grouped(rows: readonly BarRow[]): readonly BarRow[] {
  let last: string | undefined;
  return rows.map((row) => {
    const [phase = '', ...rest] = row.label.split('/');
    const isNew = rest.length > 0 && phase !== last;
    if (rest.length > 0) last = phase;
    return rest.length === 0 ? row : { ...row, label: rest.join('/'), group: isNew ? phase : undefined };
  });
}

function undoRows(report: Report, { journals }: Pipeline): readonly BarRow[] {
  const journal = journals.find(({ deploymentId }) => deploymentId === report.deploymentId);
  const undone = journal === undefined ? [] : journalTimeline(journal).filter((span) => span.nested);
  const starts = report.items.flatMap((item) => startOf(item) ?? []);
  const originMs = starts.length > 0 ? Math.min(...starts) : Date.parse(report.startedAt);
  return undone.map((span, index) => ({
    label: span.label,
    aside: 'undo',
    tone: span.verdict,
    startMs: Math.max(0, span.startMs - originMs),
    durationMs: span.endMs - span.startMs,
    group: index === 0 ? 'Rollback' : undefined,
  }));
}

/** @returns the steps of the deployment by phase, and its rollback on the same axis. */
export function deploymentSection(pipeline: Pipeline): Section | undefined {
  return reportSection(pipeline, 'deploy-phase', (report) => {
    const ran = { ...report, items: report.items.filter((item) => item.status !== 'skipped') };
    const skipped = report.items.filter((item) => item.status === 'skipped').map(({ name }) => name);
    const rows = [...grouped(itemRows(ran, attemptsWord)), ...undoRows(report, pipeline)];
    const names = skipped.map((name) => html`<code>${name}</code> `);
    const chart = () => barChart({ caption: 'Steps of the deployment', labelTitle: 'Step', rows });
    const hasError = report.details['error'] !== undefined;
    return html`${faultOf(report)}${when(!hasError, () => html`<p>${report.summary}</p>`)}${when(
      rows.length > 0,
      chart,
    )}${when(
      skipped.length > 0,
      () =>
        html`<p class="names">
          ${icon('skipped')}${report.status === 'planned' ? 'planned:' : 'not reached:'} ${names}
        </p>`,
    )}${journalList(report, pipeline)}`;
  });
}
