import { SophiaError } from '@sophia/core/errors';

import type { Clock } from '../ports/clock.ts';
import { refusalOf } from './answers.ts';

/** An answer of GitHub's: the parsed body (untrusted until looked at) and the headers. */
export interface GitHubAnswer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

export type Parameters = Readonly<Record<string, unknown>>;

/** GitHub's API for one repository. Limits are waited for, as long as GitHub asks, within bounds. */
export interface GitHub {
  /** `owner/name`. */
  readonly repository: string;
  /**
   * One request, by GitHub's own notation: `GET /repos/{owner}/{repo}/issues`; owner and repo are filled in.
   *
   * @throws SophiaError with `details.status`; codes as in {@link refusalOf}
   */
  request(route: string, parameters?: Parameters): Promise<GitHubAnswer>;
  /** The same, asked once only: for what a report can do without, and nobody should wait for. */
  requestOnce(route: string, parameters?: Parameters): Promise<GitHubAnswer>;
  /** All pages of a list, one request each, as they are asked for. */
  pages(route: string, parameters?: Parameters): AsyncGenerator<readonly unknown[]>;
  /** @throws SophiaError `protocol` with GitHub's words where the query has errors */
  graphql(query: string, variables: Parameters): Promise<unknown>;
}

export interface GitHubOptions {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** GITHUB_API_URL. */
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const ATTEMPTS = 4;
/** Longest that one request waits altogether; a job has better things to do. */
const LONGEST_WAIT_MS = 120_000;
const PAGE_SIZE = 100;
/** A list that goes on is no list of ours. */
const MOST_PAGES = 100;

type Send = () => Promise<GitHubAnswer>;

/** What was not surely refused may have been done: only what can be repeated without harm is asked again. */
const isRepeatable = (route: string) => !route.startsWith('POST ');

interface Patience extends Pick<GitHubOptions, 'clock' | 'signal'> {
  readonly attempts: number;
}

async function withRetries(
  route: string,
  { clock, signal, attempts }: Patience,
  send: Send,
): Promise<GitHubAnswer> {
  const endMs = clock.monotonicMs() + LONGEST_WAIT_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (thrown) {
      const { error, retryAfterMs, notDone } = refusalOf({ route, thrown, nowMs: clock.nowMs() });
      const pauseMs =
        retryAfterMs === undefined ? undefined : notDone ? retryAfterMs : retryAfterMs * 2 ** (attempt - 1);
      const allowed = notDone || isRepeatable(route);
      if (pauseMs === undefined || !allowed || attempt >= attempts || clock.monotonicMs() + pauseMs > endMs)
        throw error;
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) throw error;
    }
  }
}

/**
 * The client takes a body that ended early, or a sign-in page, for text and calls it a success. A list that is cut must
 * not look like an empty one: then we would write a second comment.
 */
function whole(answer: GitHubAnswer): GitHubAnswer {
  const hasBody = answer.status === 200 || answer.status === 201;
  if (hasBody && typeof answer.data !== 'object') throw new Error('no whole answer');
  return answer;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens GitHub's API. The client is loaded here, not before: most runs that refuse something never need it.
 *
 * @throws SophiaError `usage` where the repository is not `owner/name`
 */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const [owner = '', repo = '', ...rest] = options.repository.split('/');
  if (owner === '' || repo === '' || rest.length > 0) {
    throw new SophiaError('usage', {
      message: `"${options.repository}" is no repository of GitHub`,
      hint: 'GITHUB_REPOSITORY must be owner/name, as the runner sets it',
    });
  }
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(options.token, { baseUrl: options.apiUrl, log: silent });
  const send = (route: string, parameters: Parameters, attempts = ATTEMPTS): Promise<GitHubAnswer> =>
    withRetries(route, { ...options, attempts }, async () => {
      const { status, data, headers } = await octokit.request(route, { owner, repo, ...parameters });
      return whole({ status: Number(status), data: data as unknown, headers });
    });
  return {
    repository: options.repository,
    request: (route, parameters = {}) => send(route, parameters),
    requestOnce: (route, parameters = {}) => send(route, parameters, 1),
    async *pages(route, parameters = {}) {
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const { data } = await send(route, { ...parameters, per_page: PAGE_SIZE, page });
        const items = Array.isArray(data) ? (data as readonly unknown[]) : [];
        yield items;
        if (items.length < PAGE_SIZE) return;
      }
    },
    async graphql(query, variables) {
      const { data } = await send('POST /graphql', {
        query,
        variables,
        baseUrl: graphqlBase(options.apiUrl),
        ...nowhere,
      });
      return graphqlData(data);
    },
  };
}

/** A query has no place in a repository's path. */
const nowhere = { owner: undefined, repo: undefined };

/** GitHub Enterprise Server has REST at `/api/v3` and GraphQL beside it. */
const graphqlBase = (apiUrl: string) => apiUrl.replace(/\/api\/v3\/?$/, '/api');

function graphqlData(answer: unknown): unknown {
  const { data, errors } = (answer ?? {}) as { data?: unknown; errors?: readonly { message?: unknown }[] };
  if (!Array.isArray(errors)) return data;
  throw new SophiaError('protocol', {
    message: `GitHub refused a query: ${String(errors[0]?.message ?? 'no reason given').slice(0, 300)}`,
    hint: 'check the permissions of the token',
  });
}
