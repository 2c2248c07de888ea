import { parseAlertMarker, renderAlertIssue, renderRecovery } from '@sophia/core/report/alert';
import type { AlertMarker, AlertParts } from '@sophia/core/report/alert';
import { isLater } from '@sophia/core/report/markdown/marker';
import { at, numberAt, textAt } from '@sophia/core/report/read/json';

import type { GitHub } from '../github/github.ts';
import { ownOnly } from './own-author.ts';

/** What became of the issue; `none` where a green run found nothing to close. */
export type IssueResult =
  | { readonly act: 'opened' | 'updated' | 'closed'; readonly number: number; readonly url: string }
  | { readonly act: 'left'; readonly number: number; readonly url: string }
  | { readonly act: 'none' };

interface AlertIssue {
  readonly number: number;
  readonly url: string;
  readonly author: string;
  readonly marker: AlertMarker;
}

function candidate(issue: unknown, key: string): AlertIssue | undefined {
  const marker = parseAlertMarker(textAt(issue, 'body'));
  const number = numberAt(issue, 'number');
  // A pull request is an issue too, and its author writes its body.
  const isIssue = at(issue, 'pull_request') === undefined;
  if (marker === undefined || marker.key !== key || number === undefined || !isIssue) return undefined;
  return { number, url: textAt(issue, 'html_url'), author: textAt(issue, 'user', 'login'), marker };
}

/** Our open issues with this key, oldest first; more than one only where two runs were red at once. */
async function findIssues(github: GitHub, key: string): Promise<readonly AlertIssue[]> {
  const marked: AlertIssue[] = [];
  for await (const page of github.pages('GET /repos/{owner}/{repo}/issues', { state: 'open' }))
    marked.push(...page.flatMap((issue) => candidate(issue, key) ?? []));
  const own = marked.length === 0 ? [] : await ownOnly(github, marked);
  return own.toSorted((a, b) => a.number - b.number);
}

const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';

/** What an alert's texts pass before they leave. */
export type Redact = (text: string) => string;

interface IssueAlert {
  readonly github: GitHub;
  readonly parts: AlertParts;
  /** Which alert: see {@link AlertMarker}. */
  readonly key: string;
  readonly redact: Redact;
}

/**
 * Keeps one issue open as long as the branch is red: opened by the first red run, updated in place by the next ones,
 * closed with a comment by a green one. An older run never overwrites what a later one wrote.
 *
 * @throws SophiaError of the client; `forbidden` without `issues: write`
 */
export async function alertByIssue(alert: IssueAlert): Promise<IssueResult> {
  const [oldest, ...others] = await findIssues(alert.github, alert.key);
  const { run, verdict } = alert.parts.pipeline;
  if (oldest === undefined) return verdict === 'failure' ? open(alert) : { act: 'none' };
  const { number, url, marker } = oldest;
  if (isLater(marker, { ...marker, runId: run.runId, attempt: run.attempt }))
    return { act: 'left', number, url };
  if (verdict === 'failure') return update(alert, oldest, others);
  for (const issue of [oldest, ...others]) await close(alert, issue);
  return { act: 'closed', number, url };
}

function textOf({ parts, key, redact }: IssueAlert, reds: number) {
  const { runId, attempt } = parts.pipeline.run;
  const { title, body } = renderAlertIssue(parts, { key, runId, attempt, reds });
  return { title: redact(title), body: redact(body) };
}

async function open(alert: IssueAlert): Promise<IssueResult> {
  const { data } = await alert.github.request('POST /repos/{owner}/{repo}/issues', textOf(alert, 1));
  return { act: 'opened', number: numberAt(data, 'number') ?? 0, url: textAt(data, 'html_url') };
}

async function update(
  alert: IssueAlert,
  { number, url, marker }: AlertIssue,
  others: readonly AlertIssue[],
): Promise<IssueResult> {
  // A second attempt of the same run is no second red run.
  const reds = marker.reds + (marker.runId === alert.parts.pipeline.run.runId ? 0 : 1);
  await alert.github.request(UPDATE, { issue_number: number, ...textOf(alert, reds) });
  for (const { number: other } of others)
    await alert.github.request(UPDATE, { issue_number: other, state: 'closed', state_reason: 'not_planned' });
  return { act: 'updated', number, url };
}

/** First closed, then commented: where the second fails, the next green run does not comment once more. */
async function close({ github, parts, redact }: IssueAlert, { number }: AlertIssue): Promise<void> {
  await github.request(UPDATE, { issue_number: number, state: 'closed', state_reason: 'completed' });
  await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    issue_number: number,
    body: redact(renderRecovery(parts)),
  });
}
