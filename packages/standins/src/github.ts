import { openArtifactStore } from './artifact-store.ts';
import { blobRoutes } from './blob-storage.ts';
import { checkOperations } from './github-checks.ts';
import { commentOperations } from './github-comments.ts';
import { contentOperations } from './github-contents.ts';
import { deploymentOperations } from './github-deployments.ts';
import { gitObjectOperations } from './github-git.ts';
import { minimizeComment } from './github-graphql.ts';
import { issueOperations } from './github-issues.ts';
import { gitHubRoutes } from './github-operation.ts';
import { pullOperations } from './github-pulls.ts';
import { refOperations } from './github-refs.ts';
import {
  notAccessible,
  primaryRateLimit,
  secondaryRateLimit,
  statusError,
  validationFailed,
} from './github-reply.ts';
import { runOperations } from './github-runs.ts';
import {
  addComment,
  addIssue,
  createGitHubState,
  type Comment,
  type GitHubSeed,
  type Issue,
} from './github-state.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** One repository of the GitHub stand-in; `url` is GITHUB_API_URL, `url + '/graphql'` GITHUB_GRAPHQL_URL. */
export type GitHubOptions = ListenOptions &
  GitHubSeed & {
    /** Accepted as `Authorization: token ...` and `Bearer ...`. */
    readonly token: string;
    /** True: the token of a fork's pull request; each write is 403. Default false. */
    readonly readOnly?: boolean;
    /** The results service's folder of artifacts. Default: no artifacts. */
    readonly artifactsFolder?: string;
  };

/** GitHub's errors that a status does not say. */
export type GitHubFailure =
  'not_accessible' | 'secondary_rate_limit' | 'primary_rate_limit' | 'validation_failed';

/** The stand-in, with the comments and issues (each pull request is one too) as they are now, and a way for others to write them. */
export type GitHubStandin = Standin<GitHubFailure> & {
  readonly comments: () => readonly Readonly<Comment>[];
  /** Writes a comment as somebody else; gives its id. */
  readonly comment: (by: { issue: number; login: string; body: string }) => number;
  readonly issues: () => readonly Readonly<Issue>[];
  /** Opens an issue as somebody else; gives its number. */
  readonly issue: (by: { title: string; login: string; body: string }) => number;
};

/**
 * GitHub's REST API for one repository, as far as our product uses it: each request and answer is checked
 * against GitHub's own description. `close()` rejects if an answer of the stand-in did not fit.
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHubStandin> {
  const state = createGitHubState(options);
  const store =
    options.artifactsFolder === undefined ? undefined : await openArtifactStore(options.artifactsFolder);
  const readOnly = options.readOnly === true;
  const operations = [
    ...contentOperations(state),
    ...issueOperations(state),
    ...commentOperations(state),
    ...pullOperations(state),
    ...checkOperations(state),
    ...deploymentOperations(state),
    ...gitObjectOperations(state),
    ...refOperations(state),
    ...runOperations(state, store),
  ];
  const accepted = [`token ${options.token}`, `Bearer ${options.token}`, `bearer ${options.token}`];
  const standin = await startStandin<GitHubFailure>(
    {
      name: 'GitHub',
      routes: [
        ...gitHubRoutes(operations, { repository: options.repository, readOnly }),
        ...(store === undefined ? [] : blobRoutes(store)),
        route('POST', '/graphql', (call) => minimizeComment(state, readOnly, call)),
      ],
      authorize: (call) =>
        accepted.includes(call.headers['authorization'] ?? '')
          ? undefined
          : statusError({ status: 401, retryAfterSeconds: 0, call }),
      error: statusError,
      named: {
        not_accessible: notAccessible,
        secondary_rate_limit: secondaryRateLimit,
        primary_rate_limit: primaryRateLimit,
        validation_failed: () => validationFailed('Standin', 'field', 'was told to fail'),
      },
    },
    options,
  );
  return {
    ...standin,
    comments: () => state.comments,
    comment: (by) => addComment(state, by).id,
    issues: () => [...state.issues.values()],
    issue: (by) => addIssue(state, { ...by, labels: [] }).number,
  };
}
