import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { isEmptyHanded, nothingToReport } from './nothing-to-report.ts';
import type { ReportInputs } from './report-inputs.ts';
import { historyFolder } from './history-folder.ts';

/**
 * Turns everything that the run reported into one verdict, one comment, one summary and one page. Trouble with reporting
 * is a warning: it never hides the verdict.
 *
 * @throws SophiaError `usage` where there is nothing at all, `unsupported`
 */
export async function runPrReport(inputs: ReportInputs, session: Session): Promise<Outcome> {
  // Refuses a kind of history that this version does not keep.
  historyFolder(inputs.history);
  if (isEmptyHanded(inputs, session)) throw nothingToReport();
  // Readers and renderers are large: they are loaded when there is something for them.
  const { reportRun } = await import('./report-run.ts');
  return reportRun(inputs, session);
}
