import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseRecord, recordOf } from '@sophia/core/report/history/run-record';
import type { RunRecord } from '@sophia/core/report/history/run-record';
import type { Pipeline } from '@sophia/core/report/pipeline/model';
import { textAt } from '@sophia/core/report/read/json';

import type { GitHub } from '../github/github.ts';
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

/** Where the history is, and what is added to it. */
export interface HistoryRequest {
  /** `none`, `artifact`, `git-ref`, or a folder from the working directory. */
  readonly history: string;
  readonly pipeline: Pipeline;
  /** For `artifact` and `git-ref`. */
  readonly token: string;
  readonly github: GitHub | undefined;
}

/**
 * Adds this run to the history and reads all of it, oldest run first. What is no record is passed over. The caller makes
 * sure that no fork's run comes here.
 *
 * @returns undefined where no history is kept
 * @throws SophiaError where it cannot be written
 */
export async function keepHistory(
  session: Session,
  request: HistoryRequest,
): Promise<readonly RunRecord[] | undefined> {
  const { history, pipeline, token, github } = request;
  if (history === '' || history === 'none') return undefined;
  const own = recordOf(pipeline, committedAt(session));
  if (history === 'artifact') {
    const { keepInArtifact } = await import('./history-artifact.ts');
    return latestAttempts(await keepInArtifact(session, own, token));
  }
  if (history === 'git-ref') {
    const { keepInGitRef } = await import('./history-git-ref.ts');
    return latestAttempts(await keepInGitRef(session, own, github));
  }
  return latestAttempts(await keepInFolder(session, own, history));
}

async function keepInFolder(session: Session, own: RunRecord, folder: string): Promise<readonly RunRecord[]> {
  const path = join(session.directory, folder);
  await mkdir(path, { recursive: true });
  await session.host.files.write(join(path, `${recordName(own)}.json`), `${JSON.stringify(own)}\n`);
  const names = (await readdir(path)).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(names.map((name) => readRecord(join(path, name))));
  return records.filter((record) => record !== undefined);
}
