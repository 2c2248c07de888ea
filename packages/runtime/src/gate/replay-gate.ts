import { messageOf, SophiaError } from '@sophia/core/errors';
import { replayReport } from '@sophia/core/gate/replay';
import { parseReport } from '@sophia/core/report/report-schema';
import type { Report } from '@sophia/core/report/envelope';

/** An old report judged again: the report, its text as it is written to a file, and whether the two are the same. */
export interface Replayed {
  readonly report: Report;
  readonly text: string;
  readonly isSame: boolean;
}

/**
 * Judges an old report again, offline. For a terminal only: no report may pass a gate.
 *
 * @param text the report's file
 * @throws SophiaError `usage` where it is no report of a gate
 */
export function replayGate(text: string): Replayed {
  const old = readReport(text);
  if (old.kind !== 'health-gate') throw noGate(`it is one of ${old.kind}`);
  const report = replayReport(old);
  if (report === undefined) throw noGate('nothing was judged in it');
  const again = `${JSON.stringify(report, undefined, 2)}\n`;
  return { report, text: again, isSame: again === text };
}

function readReport(text: string): Report {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw noGate(`it is not JSON (${messageOf(error).replace(/\s+/g, ' ')})`);
  }
  if (typeof document !== 'object' || document === null || !('schema' in document))
    throw noGate('it is JSON, but no report');
  const parsed = parseReport(document);
  if ('problem' in parsed) throw noGate(parsed.problem);
  // The document itself, whose keys keep their order.
  return document as Report;
}

const noGate = (problem: string) =>
  new SophiaError('usage', {
    message: `the file is no report of a gate: ${problem}`,
    hint: 'give the path of a health_gate_report.json',
  });
