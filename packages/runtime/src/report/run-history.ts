import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseRecord, recordOf } from '@sophia/core/report/history/run-record';
import type { RunRecord } from '@sophia/core/report/history/run-record';
import type { Pipeline } from '@sophia/core/report/pipeline/model';
import { textAt } from '@sophia/core/report/read/json';

import type { Session } from '../host/session.ts';

/** A record has a few hundred bytes; what is larger is something else. */
const LARGEST_RECORD_BYTES = 16_384;

/** The name of a run's files; runs at a terminal have no number. */
export const recordName = ({ runId, attempt, at }: RunRecord) =>
  runId > 0 ? `${runId}.${attempt}` : `local-${Date.parse(at)}`;

function committedAt({ host }: Session): string | null {
  const stamp = textAt(host.event.payload, 'head_commit', 'timestamp');
  return Number.isNaN(Date.parse(stamp)) ? null : stamp;
}

/** Of several attempts of a run the last one counts. */
function latestAttempts(records: readonly RunRecord[]): readonly RunRecord[] {
  const byRun = new Map<string, RunRecord>();
  for (const record of records.toSorted((a, b) => a.attempt - b.attempt))
    byRun.set(record.runId > 0 ? String(record.runId) : recordName(record), record);
  return [...byRun.values()].toSorted((a, b) => a.at.localeCompare(b.at));
}

async function readRecord(path: string): Promise<RunRecord | undefined> {
  const entry = await lstat(path);
  if (!entry.isFile() || entry.size > LARGEST_RECORD_BYTES) return undefined;
  return parseRecord(await readFile(path, 'utf8'));
}

/**
 * Adds this run to the history and reads all of it, oldest run first. Files that are no records are passed over; a fork's
 * run adds nothing.
 */
export async function keepHistory(
  session: Session,
  folder: string,
  pipeline: Pipeline,
): Promise<readonly RunRecord[]> {
  const path = join(session.directory, folder);
  await mkdir(path, { recursive: true });
  const own = recordOf(pipeline, committedAt(session));
  if (!pipeline.run.fork)
    await session.host.files.write(join(path, `${recordName(own)}.json`), `${JSON.stringify(own)}\n`);
  const names = (await readdir(path)).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(names.map((name) => readRecord(join(path, name))));
  return latestAttempts(records.filter((record) => record !== undefined));
}
