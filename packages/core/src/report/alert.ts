import { createHash } from 'node:crypto';

import { codeSpan, inlineMarkdown, plainLine } from './markdown/inline.ts';
import type { Pipeline, RunFacts } from './pipeline/model.ts';

/** Events that run on the default branch with the repository's own content; no pull request is among them. */
const OWN_EVENTS = new Set(['push', 'schedule', 'workflow_dispatch', 'repository_dispatch']);

/**
 * @param defaultBranch its name; empty where nobody knows it
 * @returns true for a run that people must hear of: of the default branch, and neither a pull request's nor a fork's.
 *   `schedule` and `repository_dispatch` always run on the default branch (docs.github.com, "Events that trigger workflows").
 */
export function isOfDefaultBranch(
  { event, ref, fork }: Pick<RunFacts, 'event' | 'ref' | 'fork'>,
  defaultBranch: string,
): boolean {
  if (fork || !OWN_EVENTS.has(event)) return false;
  if (event === 'schedule' || event === 'repository_dispatch') return true;
  return defaultBranch !== '' && branchOf(ref) === defaultBranch;
}

/** @returns whether the branch of a run decides if it alerts, so that somebody must ask for the default branch's name. */
export const needsDefaultBranch = ({ event, fork }: Pick<RunFacts, 'event' | 'fork'>): boolean =>
  !fork && (event === 'push' || event === 'workflow_dispatch');

/** A tag of the branch's name is another thing. */
const branchOf = (ref: string) => (ref.startsWith('refs/tags/') ? '' : ref.replace(/^refs\/heads\//, ''));

/**
 * @param workflow its file, or its name where the file is not known
 * @returns which alert: workflows must not close each other's issues, and `marker` tells several reports of one apart
 */
export const alertKey = (workflow: string, marker: string): string =>
  createHash('sha256').update(`${workflow}\0${marker}`).digest('hex').slice(0, 12);

/** The hidden first line of an alert's issue. */
export interface AlertMarker {
  /** One alert a workflow and `marker`: see {@link alertKey}. */
  readonly key: string;
  readonly runId: number;
  readonly attempt: number;
  /** How many runs were red since the issue was opened. */
  readonly reds: number;
}

const FIRST_LINE = /^<!-- sophia:alert v1 key=([0-9a-f]{12}) run=(\d{1,15})\.(\d{1,6}) reds=(\d{1,6}) -->/;

/** @returns the hidden first line of an issue. */
export const renderAlertMarker = ({ key, runId, attempt, reds }: AlertMarker): string =>
  `<!-- sophia:alert v1 key=${key} run=${runId}.${attempt} reds=${reds} -->`;

/** @returns the marker of an issue's first line; undefined where there is none. People can edit it: untrusted. */
export function parseAlertMarker(body: string): AlertMarker | undefined {
  const match = FIRST_LINE.exec(body);
  if (match === null) return undefined;
  const [, key = '', runId, attempt, reds] = match;
  return { key, runId: Number(runId), attempt: Number(attempt), reds: Number(reds) };
}

/** What an alert says beside the pipeline. */
export interface AlertParts {
  readonly pipeline: Pipeline;
  /** The workflow's name; empty where nobody knows it. */
  readonly workflow: string;
  readonly branch: string;
}

/** GitHub takes titles of 256 characters. */
const LONGEST_TITLE = 200;
/** An issue names the first problems; the report has all. */
const MOST_PROBLEMS = 20;

const subject = ({ workflow, branch }: AlertParts) =>
  `${branch || 'the default branch'} is red${workflow === '' ? '' : ` (${plainLine(workflow, 80)})`}`;

/** Markdown: the run, linked, and its commit. */
function runLine({ run }: Pipeline): string {
  const number = run.attempt > 1 ? `${run.runId}.${run.attempt}` : String(run.runId);
  const name = run.url === '' ? `run ${number}` : `[run ${number}](${run.url})`;
  return [name, run.sha === '' ? '' : codeSpan(run.sha.slice(0, 7))]
    .filter((part) => part !== '')
    .join(' · ');
}

/** @returns title and Markdown body of the issue that is open as long as the branch is red; at most about 30 KB. */
export function renderAlertIssue(
  parts: AlertParts,
  marker: AlertMarker,
): { readonly title: string; readonly body: string } {
  const { pipeline } = parts;
  const failures = pipeline.problems.filter(({ verdict }) => verdict === 'failure');
  const rows = failures.slice(0, MOST_PROBLEMS).map(({ name, where, message, hint }) => {
    const why = [message, hint].filter((part) => part !== '').map((part) => inlineMarkdown(part));
    return `- ${codeSpan(name)} (${inlineMarkdown(where)})${why.length === 0 ? '' : `: ${why.join('; ')}`}`;
  });
  const more = failures.length - rows.length;
  const body = [
    `${renderAlertMarker(marker)}\n### ❌ ${inlineMarkdown(pipeline.headline)}`,
    runLine(pipeline),
    pipeline.fix === '' ? '' : `**Fix:** ${inlineMarkdown(pipeline.fix, 600)}`,
    [...rows, ...(more > 0 ? [`- and ${more} more, in the report of the run`] : [])].join('\n'),
    `<sub>${marker.reds === 1 ? 'The first red run' : `Red for ${marker.reds} runs`}. The next red run updates this issue, the next green one closes it.</sub>`,
  ];
  return {
    title: plainLine(`${subject(parts)}: ${pipeline.headline}`, LONGEST_TITLE),
    body: `${body.filter((part) => part !== '').join('\n\n')}\n`,
  };
}

/** @returns the Markdown comment with which the issue is closed. */
export const renderRecovery = ({ pipeline }: AlertParts): string =>
  `✅ Green again: ${inlineMarkdown(pipeline.headline)}\n\n${runLine(pipeline)}\n`;

/** A message as Slack's incoming webhooks take it (docs.slack.dev, "Sending messages using incoming webhooks"). */
export interface WebhookMessage {
  /** For notifications, and for receivers that know no blocks. */
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

/** Slack's limits, in characters: a header 150, a text of a section 3,000. */
const LONGEST_HEADER = 150;
const LONGEST_SECTION = 2_900;

/** Slack reads markup, mentions and links only from what follows one of these three (docs.slack.dev, "Formatting message text"). */
const slackEscaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** What is foreign is `plain_text`, in which Slack looks for nothing. */
const plain = (text: string, length: number) => ({
  type: 'plain_text',
  text: plainLine(text, length),
  emoji: false,
});

/** @returns the message of a red run, or of the first green one after it. */
export function renderWebhook(parts: AlertParts, state: 'red' | 'green'): WebhookMessage {
  const { pipeline } = parts;
  const { run, headline, fix } = pipeline;
  const title = state === 'red' ? subject(parts) : `${parts.branch || 'the default branch'} is green again`;
  const sign = state === 'red' ? '❌' : '✅';
  const facts = [
    run.repository,
    run.sha.slice(0, 7),
    pipeline.environment,
    run.actor === '' ? '' : `by ${run.actor}`,
    run.url,
  ];
  const sections = state === 'red' && fix !== '' ? [headline, `Fix: ${fix}`] : [headline];
  return {
    text: slackEscaped(
      `${sign} ${plainLine(run.repository)}: ${title}: ${plainLine(headline)} ${run.url}`.trim(),
    ),
    blocks: [
      { type: 'header', text: plain(`${sign} ${title}`, LONGEST_HEADER) },
      ...sections.map((text) => ({ type: 'section', text: plain(text, LONGEST_SECTION) })),
      { type: 'context', elements: [plain(facts.filter((part) => part !== '').join(' · '), 500)] },
      ...(run.url === '' ? [] : [openRun(run.url)]),
    ],
  };
}

const openRun = (url: string) => ({
  type: 'actions',
  elements: [{ type: 'button', text: plain('Open the run', 75), url }],
});
