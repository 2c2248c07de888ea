import { parseRecord } from '@sophia/core/report/history/run-record';
import type { RunRecord } from '@sophia/core/report/history/run-record';

/** The history in an artifact and in a ref: a record a line. */
export const HISTORY_FILE = 'pr_report_history.jsonl';

/** Of an environment so many runs are remembered, the newest: some 300 kB. */
const MOST_RECORDS = 500;

/** @returns the records of a text; lines that are none are passed over. */
export const parseHistory = (text: string): readonly RunRecord[] =>
  text.split('\n').flatMap((line) => parseRecord(line) ?? []);

/** @returns the text of the newest records, each run and attempt once; of two the later in the list counts. */
export function renderHistory(records: readonly RunRecord[]): string {
  const byRun = new Map(records.map((record) => [`${record.runId}.${record.attempt}.${record.at}`, record]));
  return [...byRun.values()]
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .slice(-MOST_RECORDS)
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');
}
