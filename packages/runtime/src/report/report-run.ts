import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, SophiaError } from '@sophia/core/errors';
import type { ReportItem } from '@sophia/core/report/envelope';
import { reportItem } from '@sophia/core/report/judge';
import { renderPage } from '@sophia/core/report/html/render-page';
import { renderComment, renderPipelineSummary } from '@sophia/core/report/markdown/render-comment';
import { buildPipeline } from '@sophia/core/report/pipeline/build-pipeline';
import type { Pipeline } from '@sophia/core/report/pipeline/model';

import { openGitHub } from '../github/github.ts';
import type { GitHub } from '../github/github.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import { REPORT_FILES } from '../host/run-action.ts';
import type { Session } from '../host/session.ts';
import { fileFault } from '../ports/file-fault.ts';
import { hideWebhook } from './alert-webhook.ts';
import { writeCheckRun } from './check-run.ts';
import { findFiles } from './find-files.ts';
import { runAlerts } from './run-alerts.ts';
import type { Found } from './find-files.ts';
import { HISTORY_FILE } from './history-lines.ts';
import { jobTimes } from './job-times.ts';
import { isToken } from './nothing-to-report.ts';
import { openPlace, publishComment } from './publish-comment.ts';
import type { CommentPlace, NoComment } from './publish-comment.ts';
import { readArtifacts } from './read-artifacts.ts';
import type { ReportInputs } from './report-inputs.ts';
import { otherRun, ownRun, pullRequestOfCommit, wholeNumber } from './run-facts.ts';
import type { Subject } from './run-facts.ts';
import { runTrace } from '../telemetry/run-trace.ts';
import type { Written } from './sticky-comment.ts';
import { traceSettings } from '../telemetry/trace-settings.ts';
import { writeDashboard } from './write-dashboard.ts';

/** Files beside the report, under the working directory; they go into its artifact. */
export const PAGE_FILE = 'report/index.html';
const COMMENT_FILE = 'pr_report_comment.md';

/**
 * Reports a run: its files and artifacts become a pipeline, and that every rendering.
 *
 * @throws SophiaError of the client, only where `run-id` names a run that cannot be read
 */
export async function reportRun(inputs: ReportInputs, session: Session): Promise<Outcome> {
  const { host } = session;
  // Before anything is read or written: a report may quote it.
  hideWebhook({ url: inputs.alertWebhook, key: inputs.alertWebhookKey }, host);
  const settings = traceSettings(host);
  const github = await openClient(inputs, session);
  const subject = await subjectOf(inputs, session, github);
  const found = await collect(inputs, session, subject);
  const place = await placeOf(inputs, { session, github, subject });
  const times = await jobTimes(github, subject.run);
  const pipeline = buildPipeline({
    ...found,
    needs: inputs.needs,
    ...subject,
    jobTimes: times,
    acceptAnyRun: host.kind === 'terminal',
    environment: session.common.environment,
    message: inputs.message,
    previous: 'issue' in place ? place.previous : undefined,
    nowMs: host.clock.nowMs(),
  });
  for (const { path, why, detail } of pipeline.listed)
    if (why === 'unreadable') host.log.warning(`${path} is not counted: ${detail}`);
  const dashboard = await writeFiles(inputs, { session, github }, pipeline);
  const { comment: mode, marker: key } = inputs;
  const comment = 'issue' in place ? await publishComment(place, { host, pipeline, key, mode }) : place;
  if ('why' in comment && comment.why !== '') host.log.warning(`${comment.why}; the summary has the report`);
  if (inputs.checkRun) await tryCheckRun(github, pipeline, session);
  // The job's log would else say nothing of a verdict that fails no step.
  if (host.kind !== 'terminal') host.log.info(pipeline.headline);
  const alerts = await runAlerts(inputs, { host, github, pipeline, workflow: subject.workflow });
  const trace = await runTrace({ host, pipeline, workflow: subject.workflow.name, times, settings });
  const keepsHistory = inputs.history === 'artifact' && !pipeline.run.fork;
  const isThere = keepsHistory && existsSync(join(session.directory, HISTORY_FILE));
  return outcomeOf(inputs, pipeline, {
    ...{ comment, dashboard, told: [...alerts, ...trace] },
    historyFiles: isThere ? [HISTORY_FILE] : [],
  });
}

async function openClient({ githubToken }: ReportInputs, { host }: Session): Promise<GitHub | undefined> {
  if (!isToken(githubToken) || host.run.repository === '') return undefined;
  return openGitHub({
    token: githubToken,
    repository: host.run.repository,
    apiUrl: host.variables['GITHUB_API_URL'] ?? 'https://api.github.com',
    clock: host.clock,
    signal: host.signal,
  });
}

async function subjectOf(
  inputs: ReportInputs,
  { host }: Session,
  github: GitHub | undefined,
): Promise<Subject> {
  const number = wholeNumber('number', inputs.number);
  const runId = wholeNumber('run-id', inputs.runId);
  if (runId === undefined || runId === host.run.runId) return ownRun(host, number);
  if (github !== undefined) return otherRun(github, runId, number);
  throw new SophiaError('usage', {
    message: 'another run can be read with a token only',
    hint: 'give `github-token: ${{ github.token }}`, with the permission `actions: read`',
  });
}

async function collect(inputs: ReportInputs, session: Session, { run }: Subject): Promise<Found> {
  const files = await findFiles(session, inputs.reports);
  if (!inputs.downloadArtifacts) return files;
  const isOther = run.runId !== session.host.run.runId;
  const other = isOther ? { runId: run.runId, token: inputs.githubToken } : undefined;
  const artifacts = await readArtifacts(session, { pattern: inputs.artifactPattern, otherRun: other });
  return {
    sources: [...files.sources, ...artifacts.sources],
    listed: [...files.listed, ...artifacts.listed],
  };
}

interface Where {
  readonly session: Session;
  readonly github: GitHub | undefined;
  readonly subject: Subject;
}

const quiet: NoComment = { why: '' };

async function placeOf(
  inputs: ReportInputs,
  { session, github, subject }: Where,
): Promise<CommentPlace | NoComment> {
  const { comment: mode, marker } = inputs;
  const { run } = subject;
  if (mode === 'never' || (mode !== 'always' && run.pullRequest === undefined)) return quiet;
  if (github === undefined)
    return {
      why: session.host.kind === 'terminal' ? '' : 'no comment was written: there is no `github-token`',
    };
  const issue = run.pullRequest ?? (await pullRequestOfCommit(github, run.sha).catch(() => undefined));
  if (issue === undefined) return { why: 'no comment was written: there is no pull request for this commit' };
  return openPlace(github, issue, marker);
}

/** The page and the comment's text are always written, whatever becomes of the comment. */
async function writeFiles(
  inputs: ReportInputs,
  { session, github }: Pick<Where, 'session' | 'github'>,
  pipeline: Pipeline,
): Promise<string> {
  const { host, directory } = session;
  const { dashboard, history, marker: key, githubToken: token } = inputs;
  const page = renderPage(pipeline);
  await host.files.write(join(directory, PAGE_FILE), page);
  await host.files.write(join(directory, COMMENT_FILE), renderComment({ pipeline, key }));
  try {
    return await writeDashboard(session, { dashboard, history, pipeline, page, token, github });
  } catch (error) {
    host.log.warning(`no dashboard was written: ${fileFault(error)}`);
    return '';
  }
}

async function tryCheckRun(github: GitHub | undefined, pipeline: Pipeline, { host }: Session): Promise<void> {
  if (github === undefined || pipeline.run.fork) {
    const why = github === undefined ? 'there is no `github-token`' : "this run is a fork's";
    host.log.warning(`no check run was written: ${why}`);
    return;
  }
  try {
    await writeCheckRun(github, pipeline, host.redaction.redact(renderPipelineSummary(pipeline)));
  } catch (error) {
    host.log.warning(`no check run was written: ${messageOf(error)}`);
  }
}

interface Done {
  readonly comment: Written | NoComment;
  readonly dashboard: string;
  /** Items beside the stages: what became of alerts and trace. */
  readonly told: readonly ReportItem[];
  /** What a later run reads, in the artifact. */
  readonly historyFiles: readonly string[];
}

function outcomeOf(
  inputs: ReportInputs,
  pipeline: Pipeline,
  { comment, dashboard, told, historyFiles }: Done,
): Outcome {
  const { verdict, headline, fix, stages, problems, listed, environment, deploymentId } = pipeline;
  const posted = 'id' in comment ? comment : undefined;
  const items = stages.map((stage) =>
    reportItem({
      name: stage.title,
      kind: stage.kind,
      status: stage.verdict,
      message: stage.result,
      durationMs: stage.durationMs ?? 0,
    }),
  );
  return outcome({
    status: verdict,
    passes: inputs.failOn === 'never' || verdict !== 'failure',
    environment,
    deploymentId,
    reportFile: REPORT_FILES['pr-report'],
    summary: headline,
    items: [...items, ...told],
    metrics: { stages: stages.length, problems: problems.length, notCounted: listed.length },
    details: { fix, notCounted: listed, run: pipeline.run, commentUrl: posted?.url ?? '' },
    attachments: [],
    companions: [PAGE_FILE, COMMENT_FILE, ...historyFiles],
    renderMarkdown: () => (inputs.summary ? renderPipelineSummary(pipeline) : ''),
    outputs: {
      'comment-id': posted === undefined ? '' : String(posted.id),
      'comment-url': posted?.url ?? '',
      'dashboard-path': dashboard,
      mode: posted === undefined ? 'summary-only' : 'comment',
    },
  });
}
