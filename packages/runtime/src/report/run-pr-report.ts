import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { isEmptyHanded, nothingToReport } from './nothing-to-report.ts';
import type { ReportInputs } from './report-inputs.ts';

/**
 * Turns everything that the run reported into one verdict, one comment, one summary and one page. Trouble with reporting
 * is a warning: it never hides the verdict.
 *
 * @throws SophiaError `usage` where there is nothing at all
 */
export async function runPrReport(inputs: ReportInputs, session: Session): Promise<Outcome> {
  if (isEmptyHanded(inputs, session)) throw nothingToReport(session);
  // Readers and renderers are large: they are loaded when there is something for them.
  const { reportRun } = await import('./report-run.ts');
  return reportRun(inputs, session);
}
