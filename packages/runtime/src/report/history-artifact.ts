import { join } from 'node:path';

import type { RunRecord } from '@sophia/core/report/history/run-record';

import { earlierArtifacts } from '../github/earlier-artifacts.ts';
import type { Session } from '../host/session.ts';
import { HISTORY_FILE, parseHistory, renderHistory } from './history-lines.ts';

/** Each artifact holds all that was known: the newest three also tell what runs beside each other added. */
const LIMITS = {
  mostPages: 10,
  mostArtifacts: 3,
  largestBytes: 16 * 1024 * 1024,
  timeoutMs: 20_000,
} as const;

/**
 * Adds a run to what the artifacts of earlier reports of its environment remember, and writes all of it to a file that
 * this report's artifact takes along. What cannot be read is a warning.
 */
export async function keepInArtifact(
  session: Session,
  own: RunRecord,
  token: string,
): Promise<readonly RunRecord[]> {
  const prefix = `sophia-pr-report-${own.environment || 'none'}-`;
  const { artifacts, trouble } = await earlierArtifacts(session, {
    ...{ token, ...LIMITS },
    matches: (name) => name.startsWith(prefix),
  });
  for (const line of trouble) session.host.log.warning(`history: ${line}`);
  const earlier = artifacts.flatMap(({ files }) =>
    files.filter(({ path }) => path.endsWith(`/${HISTORY_FILE}`)).flatMap(({ text }) => parseHistory(text)),
  );
  const text = renderHistory([...earlier, own]);
  await session.host.files.write(join(session.directory, HISTORY_FILE), text);
  return parseHistory(text);
}
