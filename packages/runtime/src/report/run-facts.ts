import { SophiaError } from '@sophia/core/errors';
import type { RunFacts } from '@sophia/core/report/pipeline/model';
import { at, numberAt, textAt } from '@sophia/core/report/read/json';
import type { Job } from '@sophia/core/report/read/source';

import type { GitHub } from '../github/github.ts';
import type { Host } from '../host/host.ts';

/** What is reported on: the run, and jobs of it that a service told about. */
export interface Subject {
  readonly run: RunFacts;
  readonly jobs: readonly Job[];
  readonly workflow: Workflow;
}

/** Which workflow a run is of; both empty where nobody tells (a terminal). */
export interface Workflow {
  readonly name: string;
  /** Its path in the repository, such as `.github/workflows/ci.yml`. */
  readonly file: string;
}

/** `owner/name/.github/workflows/ci.yml@refs/heads/main`, or the path alone, as the API tells it. */
const workflowFile = (ref: string) => /\.github\/workflows\/[^@]+/.exec(ref)?.[0] ?? '';

/**
 * @returns this job's own run. Under `pull_request` GITHUB_SHA is a merge that nobody knows: people and check runs are told
 *   the head, reports must carry the merge.
 */
export function ownRun(host: Host, pullRequest: number | undefined): Subject {
  const { run, event, variables } = host;
  const server = variables['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const url = run.runId === 0 ? '' : `${server}/${run.repository}/actions/runs/${run.runId}`;
  const facts = {
    ...run,
    sha: textAt(event.payload, 'pull_request', 'head', 'sha') || run.sha,
    url,
    reportSha: run.sha,
    pullRequest: pullRequest ?? event.pullRequest,
    fork: event.fork,
  };
  const workflow = {
    name: variables['GITHUB_WORKFLOW'] ?? '',
    file: workflowFile(variables['GITHUB_WORKFLOW_REF'] ?? ''),
  };
  return { run: facts, jobs: [], workflow };
}

/**
 * Another run, from the API: its pull request (for a fork's, by head repository, branch and commit, since GitHub names
 * none), and its conclusion as a job of its own.
 *
 * @throws SophiaError of the client; `not-found` where there is no such run
 */
export async function otherRun(github: GitHub, runId: number, given: number | undefined): Promise<Subject> {
  const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { run_id: runId });
  const head = textAt(data, 'head_repository', 'full_name');
  const fork = head !== github.repository;
  const event = textAt(data, 'event');
  const sha = textAt(data, 'head_sha');
  const run: RunFacts = {
    repository: github.repository,
    sha,
    runId: numberAt(data, 'id') ?? runId,
    attempt: numberAt(data, 'run_attempt') ?? 1,
    job: '',
    actor: textAt(data, 'actor', 'login'),
    event,
    ref: textAt(data, 'head_branch'),
    url: textAt(data, 'html_url'),
    // Under `pull_request` reports carry the merge commit, which the API does not tell afterwards.
    reportSha: event.startsWith('pull_request') ? '' : sha,
    pullRequest: given ?? (await pullRequestOf(github, data)),
    fork,
  };
  const workflow = { name: textAt(data, 'name'), file: workflowFile(textAt(data, 'path')) };
  return { run, jobs: [conclusionOf(data)], workflow };
}

async function pullRequestOf(github: GitHub, run: unknown): Promise<number | undefined> {
  const named = at(run, 'pull_requests');
  const first: unknown = Array.isArray(named) ? named[0] : undefined;
  const number = numberAt(first, 'number');
  if (number !== undefined) return number;
  const [owner = ''] = textAt(run, 'head_repository', 'full_name').split('/');
  const branch = textAt(run, 'head_branch');
  if (owner === '' || branch === '') return undefined;
  const { data } = await github.request('GET /repos/{owner}/{repo}/pulls', {
    head: `${owner}:${branch}`,
    state: 'all',
  });
  const all: readonly unknown[] = Array.isArray(data) ? data : [];
  return numberAt(
    all.find((pull) => textAt(pull, 'head', 'sha') === textAt(run, 'head_sha')),
    'number',
  );
}

function conclusionOf(run: unknown): Job {
  const startedAtMs = Date.parse(textAt(run, 'run_started_at'));
  const endedAtMs = Date.parse(textAt(run, 'updated_at'));
  const isMeasured = !Number.isNaN(startedAtMs) && !Number.isNaN(endedAtMs);
  return {
    id: textAt(run, 'name') || 'workflow',
    result: textAt(run, 'conclusion') || textAt(run, 'status'),
    startedAtMs: isMeasured ? startedAtMs : undefined,
    durationMs: isMeasured ? endedAtMs - startedAtMs : undefined,
    steps: [],
  };
}

/** @returns the newest open pull request that a commit belongs to; asked only where a comment is wanted on a push. */
export async function pullRequestOfCommit(github: GitHub, sha: string): Promise<number | undefined> {
  const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
    commit_sha: sha,
  });
  const pulls: readonly unknown[] = Array.isArray(data) ? data : [];
  return numberAt(
    pulls.find((pull) => textAt(pull, 'state') === 'open'),
    'number',
  );
}

/** @throws SophiaError `usage` where a number is none */
export function wholeNumber(name: string, text: string): number | undefined {
  if (text === '') return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new SophiaError('usage', {
    message: `input "${name}": expected a whole number above 0, got ${JSON.stringify(text.slice(0, 40))}`,
    hint: 'leave it out to use what the event says',
  });
}
