import { messageOf } from '@sophia/core/errors';
import { alertKey, isOfDefaultBranch, needsDefaultBranch, renderWebhook } from '@sophia/core/report/alert';
import type { AlertParts } from '@sophia/core/report/alert';
import type { ReportItem } from '@sophia/core/report/envelope';
import { reportItem } from '@sophia/core/report/judge';
import type { Pipeline } from '@sophia/core/report/pipeline/model';
import { textAt } from '@sophia/core/report/read/json';

import type { GitHub } from '../github/github.ts';
import type { Host } from '../host/host.ts';
import { alertByIssue } from './alert-issue.ts';
import type { IssueResult } from './alert-issue.ts';
import { sendWebhook } from './alert-webhook.ts';
import type { ReportInputs } from './report-inputs.ts';
import type { Workflow } from './run-facts.ts';

/** What alerts are made of. */
export interface Alerting {
  readonly host: Host;
  readonly github: GitHub | undefined;
  readonly pipeline: Pipeline;
  readonly workflow: Workflow;
}

type AlertInputs = Pick<ReportInputs, 'alertIssue' | 'alertWebhook' | 'alertWebhookKey' | 'marker'>;

/** Alerts are told of, and never judged: the verdict is the pipeline's. */
const told = (name: string, own: Partial<ReportItem>): ReportItem =>
  reportItem({ name, kind: 'alert', severity: 'info', ...own });

/** A failing alert is a warning, whatever it failed of. */
async function attempt(
  name: string,
  { log }: Host,
  act: () => Promise<string>,
): Promise<readonly ReportItem[]> {
  try {
    const message = await act();
    if (message === '') return [];
    log.info(`${name}: ${message}`);
    return [told(name, { message })];
  } catch (error) {
    const message = messageOf(error);
    log.warning(`${name} failed: ${message}`);
    return [
      told(name, { status: 'warning', message, hint: 'the verdict stands; see docs/report.md, Alerts' }),
    ];
  }
}

/** The event tells it; where it does not, GitHub is asked. */
async function defaultBranchOf({ host, github }: Alerting): Promise<string> {
  const payload = textAt(host.event.payload, 'repository', 'default_branch');
  if (payload !== '') return payload;
  const answer = await github?.request('GET /repos/{owner}/{repo}');
  const asked = textAt(answer?.data, 'default_branch');
  if (asked === '') throw new Error('nobody tells which branch is the default one, so nothing was sent');
  return asked;
}

const ISSUE_WORDS: Readonly<Record<Exclude<IssueResult['act'], 'none'>, string>> = {
  opened: 'opened',
  updated: 'updated',
  closed: 'closed',
  left: 'left as it is, since a later run has written it',
};

const issueWords = (result: IssueResult) =>
  result.act === 'none' ? '' : `issue #${result.number} ${ISSUE_WORDS[result.act]} ${result.url}`.trim();

async function issueAlert(alerting: Alerting, parts: AlertParts, marker: string): Promise<IssueResult> {
  const { github, host, workflow } = alerting;
  if (github === undefined) throw new Error('there is no `github-token`');
  const key = alertKey(workflow.file || workflow.name, marker);
  return alertByIssue({ github, parts, key, redact: (text) => host.redaction.redact(text) });
}

/**
 * Tells people of a red default branch, and that it is green again: by an issue, by a webhook, or both. Pull requests and
 * forks never alert. Never throws: trouble is a warning beside the verdict.
 *
 * @returns an item (`alert-issue`, `alert-webhook`) for each thing that was done, or failed
 */
export async function runAlerts(inputs: AlertInputs, alerting: Alerting): Promise<readonly ReportItem[]> {
  const { host, pipeline, workflow } = alerting;
  const webhook = { url: inputs.alertWebhook, key: inputs.alertWebhookKey };
  if (!inputs.alertIssue && webhook.url === '') return [];
  let branch = '';
  const unknown = await attempt('alerts', host, async () => {
    if (needsDefaultBranch(pipeline.run)) branch = await defaultBranchOf(alerting);
    return '';
  });
  if (unknown.length > 0 || !isOfDefaultBranch(pipeline.run, branch)) return unknown;
  const parts = {
    pipeline,
    workflow: workflow.name,
    branch: branch || pipeline.run.ref.replace(/^refs\/heads\//, ''),
  };
  let issue: IssueResult = { act: 'none' };
  const byIssue = inputs.alertIssue
    ? await attempt('alert-issue', host, async () => {
        issue = await issueAlert(alerting, parts, inputs.marker);
        return issueWords(issue);
      })
    : [];
  const state = pipeline.verdict === 'failure' ? 'red' : 'green';
  // Whether it was red before, only the issue knows.
  const isNews = state === 'red' || isClosed(issue);
  if (webhook.url === '' || !isNews) return byIssue;
  const byWebhook = await attempt('alert-webhook', host, async () => {
    await sendWebhook(webhook, renderWebhook(parts, state), host);
    return `the webhook was told that it is ${state}`;
  });
  return [...byIssue, ...byWebhook];
}

const isClosed = ({ act }: IssueResult) => act === 'closed';
