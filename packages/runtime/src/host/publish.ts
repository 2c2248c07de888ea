import { join, resolve } from 'node:path';

import { messageOf } from '@sophia/core/errors';
import type { Report } from '@sophia/core/report/envelope';

import type { Outcome } from './outcome.ts';
import type { Session } from './session.ts';

/** @returns the report of an outcome: the envelope of the contract's section 5. */
export function reportOf(session: Session, outcome: Outcome): Report {
  const { host } = session;
  return {
    schema: 'sophia-report/1',
    kind: session.action,
    status: outcome.status,
    environment: outcome.environment,
    deploymentId: outcome.deploymentId,
    startedAt: new Date(session.startedAtMs).toISOString(),
    durationMs: Math.round(host.clock.monotonicMs() - session.startedMonotonicMs),
    run: host.run,
    summary: outcome.summary,
    items: outcome.items,
    metrics: outcome.metrics,
    details: outcome.details,
    ...outcome.extra,
  };
}

/**
 * Writes the report, then outputs, annotations, summary and artifact, so that a failure of a later one loses
 * nothing of the earlier ones.
 *
 * @returns the report as it was written
 */
export async function publish(session: Session, outcome: Outcome): Promise<Report> {
  const { host, directory } = session;
  const report = reportOf(session, outcome);
  const path = resolve(directory, outcome.reportFile);
  await host.files.write(path, `${JSON.stringify(report, undefined, 2)}\n`);
  host.setOutput('status', report.status);
  host.setOutput('report-path', path);
  for (const [name, value] of Object.entries(outcome.outputs)) host.setOutput(name, value);
  for (const annotation of outcome.annotations) host.annotate(annotation);
  if (host.keepsSummary) await appendSummary(session, outcome, report);
  await keepArtifact(session, outcome, path);
  return report;
}

async function appendSummary(session: Session, outcome: Outcome, report: Report): Promise<void> {
  const { renderReportSummary } = await import('@sophia/core/report/render-summary');
  const markdown = (outcome.renderMarkdown ?? renderReportSummary)(report);
  if (markdown !== '') session.host.appendSummary(markdown);
}

const PATIENCE_AFTER_CANCEL_MS = 1_000;

/** Trouble with the upload is a warning: it must not hide the verdict. */
async function keepArtifact(session: Session, outcome: Outcome, reportPath: string): Promise<void> {
  const { host, common, directory, action } = session;
  if (common.uploadArtifact === 'false') return;
  const attached = common.uploadArtifact === 'all' ? outcome.attachments : [];
  const beside = [...outcome.companions, ...attached].map((file) => join(directory, file));
  const environment = outcome.environment || 'none';
  const upload = host
    .uploadArtifact({
      name: `sophia-${action}-${environment}-${host.run.job || 'job'}-${host.run.attempt}`,
      root: directory,
      files: [reportPath, ...beside],
      retentionDays: common.retentionDays,
    })
    .catch((error: unknown) => host.log.warning(messageOf(error)));
  // The runner kills a cancelled step after 7.5 s: it is not to wait for a slow service.
  await (host.signal.aborted ? Promise.race([upload, host.clock.sleep(PATIENCE_AFTER_CANCEL_MS)]) : upload);
}
