import type { Report } from '../report/envelope.ts';
import { inlineMarkdown } from '../report/markdown/inline.ts';
import { renderReportSummary } from '../report/render-summary.ts';

/** What the summary of a deployment shows beside what every report shows. */
export interface DeploymentView {
  /** Steps whose undo did not succeed, each with that undo, for people. */
  readonly remaining: readonly { readonly step: string; readonly undo: string }[];
  readonly journal: { readonly head: string; readonly events: number };
}

/** @returns the step summary of a deployment: the report's, what is left to do by hand, and the journal's head. */
export function renderDeploymentSummary(report: Report, { remaining, journal }: DeploymentView): string {
  const rows = remaining.map(({ step, undo }) => `- ${inlineMarkdown(step)}: ${inlineMarkdown(undo)}`);
  const byHand = rows.length === 0 ? [] : [['**To be undone by hand**', '', ...rows].join('\n')];
  const anchor = `Journal: ${journal.events} lines, head \`${journal.head}\``;
  return `${[renderReportSummary(report).trimEnd(), ...byHand, anchor].join('\n\n')}\n`;
}
