import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { renderDashboard } from '@sophia/core/report/html/render-dashboard';

import type { Session } from '../host/session.ts';
import { keepHistory, recordName } from './run-history.ts';
import type { HistoryRequest } from './run-history.ts';

export interface DashboardRequest extends HistoryRequest {
  /** Where it goes, from the working directory; empty: nowhere. */
  readonly dashboard: string;
  /** The page of this run. */
  readonly page: string;
}

/** The pages of the runs, beside the dashboard. */
const RUNS = 'runs';

/**
 * Keeps the history, and writes the dashboard: with a history `index.html` shows all of it and `runs/` has a page a run;
 * without one it is the page of this run. A fork's run writes neither.
 *
 * @returns the path of the page to open; empty where nothing was written
 */
export async function writeDashboard(session: Session, request: DashboardRequest): Promise<string> {
  const { host, directory } = session;
  const { dashboard, pipeline, page, history } = request;
  if (pipeline.run.fork) {
    if (dashboard !== '' || (history !== '' && history !== 'none'))
      host.log.warning("neither history nor dashboard was written: this run is a fork's");
    return '';
  }
  const records = await keepHistory(session, request);
  if (dashboard === '') return '';
  const folder = join(directory, dashboard);
  const index = join(folder, 'index.html');
  if (records === undefined) {
    await host.files.write(index, page);
    return index;
  }
  await mkdir(join(folder, RUNS), { recursive: true });
  const { runId, attempt } = pipeline.run;
  const own = records.find((record) => record.runId === runId && record.attempt === attempt);
  if (own !== undefined) await host.files.write(join(folder, RUNS, `${recordName(own)}.html`), page);
  const pages = new Set(await readdir(join(folder, RUNS)));
  const parts = { repository: host.run.repository, records, nowMs: host.clock.nowMs() };
  const pageOf = (record: (typeof records)[number]) =>
    pages.has(`${recordName(record)}.html`) ? `${RUNS}/${recordName(record)}.html` : undefined;
  await host.files.write(index, renderDashboard({ ...parts, pageOf }));
  return index;
}
