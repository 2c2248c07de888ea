import { timestamp } from './github-reply.ts';
import { createGitDatabase, type GitDatabase } from './git-database.ts';

/** An issue, or the conversation of a pull request of the same number. */
export type Issue = {
  readonly number: number;
  readonly id: number;
  readonly login: string;
  readonly createdAt: string;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: string | null;
  labels: readonly string[];
  updatedAt: string;
};

/** A comment of an issue or pull request. */
export type Comment = {
  readonly id: number;
  readonly issue: number;
  readonly login: string;
  readonly createdAt: string;
  body: string;
  updatedAt: string;
  /** Why it is hidden (`OUTDATED`, ...), once `minimizeComment` hid it. */
  minimized?: string;
};

/** A pull request to start with. */
export type PullRequest = {
  readonly number: number;
  readonly headRef: string;
  readonly headSha: string;
  readonly title?: string;
  readonly baseRef?: string;
  /** `owner/name` of a fork; default: the repository itself. */
  readonly headRepository?: string;
  readonly login?: string;
  readonly state?: 'open' | 'closed';
};

/** A workflow run to start with. */
export type WorkflowRun = {
  readonly id: number;
  readonly headSha: string;
  readonly headBranch?: string;
  /** `owner/name` of a fork; default: the repository itself. */
  readonly headRepository?: string;
  readonly attempt?: number;
  readonly name?: string;
  /** The workflow's file, e.g. `.github/workflows/ci.yml`. */
  readonly path?: string;
  readonly event?: string;
  readonly status?: 'queued' | 'in_progress' | 'completed';
  readonly conclusion?: string | null;
  readonly createdAt?: string;
  readonly jobs?: readonly WorkflowJob[];
};

/** A job of a run; times are UTC, as GitHub writes them. */
export type WorkflowJob = {
  readonly name: string;
  readonly startedAt: string;
  /** Null while it runs. */
  readonly completedAt: string | null;
  readonly conclusion?: 'success' | 'failure' | 'cancelled' | 'skipped';
};

/** Everything that a repository of the stand-in holds. */
export type GitHubState = {
  /** `owner/name`. */
  readonly repository: string;
  /** Who the token is. */
  readonly author: string;
  readonly defaultBranch: string;
  readonly issues: Map<number, Issue>;
  readonly comments: Comment[];
  readonly pulls: readonly PullRequest[];
  readonly runs: readonly WorkflowRun[];
  readonly git: GitDatabase;
  /** A number that no other resource has. */
  readonly nextId: () => number;
};

/** A repository to start with: files on the default branch, pull requests, runs. */
export type GitHubSeed = {
  readonly repository: string;
  /** Default `github-actions[bot]`. */
  readonly author?: string;
  /** Default `main`. */
  readonly defaultBranch?: string;
  /** Path to text: the first commit of the default branch. */
  readonly files?: Readonly<Record<string, string>>;
  readonly pulls?: readonly PullRequest[];
  readonly runs?: readonly WorkflowRun[];
};

/** The state of a new repository; each pull request is an issue too. */
export function createGitHubState(seed: GitHubSeed): GitHubState {
  const { repository, author = 'github-actions[bot]', defaultBranch = 'main', pulls = [] } = seed;
  let lastId = 1_000;
  const git = createGitDatabase();
  const blobs = Object.entries(seed.files ?? { 'README.md': '# Stand-in\n' });
  const tree = git.writeFiles(
    Object.fromEntries(blobs.map(([path, content]) => [path, Buffer.from(content)])),
  );
  const who = { name: 'Sophia', email: 'sophia@example.com', date: '2026-01-01T00:00:00Z' };
  git.refs.set(
    `refs/heads/${defaultBranch}`,
    git.writeCommit({ tree, parents: [], message: 'First commit', author: who, committer: who }),
  );
  const state: GitHubState = {
    repository,
    author,
    defaultBranch,
    issues: new Map(),
    comments: [],
    pulls,
    runs: seed.runs ?? [],
    git,
    nextId: () => (lastId += 1),
  };
  for (const { number, title, login } of pulls) {
    addIssue(state, {
      number,
      title: title ?? `Pull request ${number}`,
      login: login ?? author,
      body: null,
      labels: [],
    });
  }
  return state;
}

/** Adds an open issue; without `number` it gets the next free one. */
export function addIssue(
  state: GitHubState,
  issue: Pick<Issue, 'title' | 'login' | 'body' | 'labels'> & { readonly number?: number },
): Issue {
  const now = timestamp();
  const made: Issue = {
    ...issue,
    number: issue.number ?? Math.max(0, ...state.issues.keys()) + 1,
    id: state.nextId(),
    state: 'open',
    stateReason: null,
    createdAt: now,
    updatedAt: now,
  };
  state.issues.set(made.number, made);
  return made;
}

/** Adds a comment, as anybody could have written it. */
export function addComment(state: GitHubState, comment: Pick<Comment, 'issue' | 'body' | 'login'>): Comment {
  const now = timestamp();
  const made: Comment = { ...comment, id: state.nextId(), createdAt: now, updatedAt: now };
  state.comments.push(made);
  return made;
}

/** How GitHub shows an account; logins that end in `[bot]` are apps. */
export function account(login: string): Record<string, unknown> {
  const url = `https://api.github.com/users/${encodeURIComponent(login)}`;
  const app = /^(.+)\[bot\]$/.exec(login)?.[1];
  const html_url = app === undefined ? `https://github.com/${login}` : `https://github.com/apps/${app}`;
  return {
    login,
    id: 41_898_282,
    node_id: `U_${login}`,
    type: app === undefined ? 'User' : 'Bot',
    url,
    html_url,
  };
}
