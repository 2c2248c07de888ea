import { historyOf } from '@sophia/core/gate/history';
import type { History } from '@sophia/core/gate/history';
import { parseJson } from '@sophia/core/report/read/json';

import { earlierArtifacts } from '../github/earlier-artifacts.ts';
import type { Session } from '../host/session.ts';
import { GATE_REPORT_FILE } from './gate-outcome.ts';

/** 1,000 artifacts are looked at and 30 reports read: at most 10 + 60 requests, and 30 downloads of two each. */
const LIMITS = {
  mostPages: 10,
  mostArtifacts: 30,
  largestBytes: 4 * 1024 * 1024,
  timeoutMs: 20_000,
} as const;

export interface ArtifactHistory {
  readonly history: History;
  readonly trouble: readonly string[];
}

/**
 * Reads the reports of earlier gates from the artifacts of earlier runs. With none, the history is an empty one: limits
 * against a baseline are then not judged.
 */
export async function readArtifactHistory(
  session: Session,
  { token, environment }: { readonly token: string; readonly environment: string },
): Promise<ArtifactHistory> {
  const prefix = `sophia-health-gate-${environment}-`;
  const { artifacts, trouble } = await earlierArtifacts(session, {
    ...{ token, ...LIMITS },
    matches: (name) => name.startsWith(prefix),
  });
  const { parseReport } = await import('@sophia/core/report/report-schema');
  const reports = artifacts.flatMap(({ files }) => {
    const file = files.find(({ path }) => path.endsWith(`/${GATE_REPORT_FILE}`));
    const parsed = parseReport(parseJson(file?.text ?? '')?.value);
    return 'report' in parsed ? [parsed.report] : [];
  });
  return { history: historyOf(reports, environment), trouble };
}
