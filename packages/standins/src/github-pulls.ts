import { operation, type GitHubOperation } from './github-operation.ts';
import { notFound, ordered, page } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, type GitHubState, type PullRequest } from './github-state.ts';
import { json, type Call } from './reply.ts';

/** Pull requests to read, and those that a commit belongs to. */
export function pullOperations(state: GitHubState): readonly GitHubOperation[] {
  const simple = (pull: PullRequest) => render(state, pull, 'pull-request-simple');
  return [
    operation('GET', '/pulls', (call) => {
      const found = ordered(call, state.pulls, ({ number }) => number).filter((pull) =>
        fits(state, pull, call),
      );
      return page(call, found.map(simple));
    }),
    operation('GET', '/pulls/{pull_number}', ({ params }) => {
      const pull = state.pulls.find(({ number }) => number === Number(params['pull_number']));
      return pull === undefined ? notFound() : json(200, render(state, pull, 'pull-request'));
    }),
    operation('GET', '/commits/{commit_sha}/pulls', (call) =>
      page(call, state.pulls.filter(({ headSha }) => headSha === call.params['commit_sha']).map(simple)),
    ),
  ];
}

function fits(state: GitHubState, pull: PullRequest, { query }: Call): boolean {
  const wanted = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const [owner] = (pull.headRepository ?? state.repository).split('/');
  return (
    (wanted === 'all' || (pull.state ?? 'open') === wanted) &&
    (head === null || head === `${owner}:${pull.headRef}`) &&
    (base === null || base === (pull.baseRef ?? state.defaultBranch))
  );
}

function render(state: GitHubState, pull: PullRequest, component: string): unknown {
  const { number, headRef, headSha, baseRef = state.defaultBranch, login = state.author } = pull;
  const { headRepository = state.repository } = pull;
  const baseSha = state.git.refs.get(`refs/heads/${baseRef}`) ?? '';
  const issue = state.issues.get(number);
  return resource(component, {
    id: issue?.id,
    number,
    html_url: `https://github.com/${state.repository}/pull/${number}`,
    title: issue?.title,
    state: pull.state ?? 'open',
    draft: false,
    user: account(login),
    body: null,
    created_at: issue?.createdAt,
    updated_at: issue?.updatedAt,
    head: side({
      repository: headRepository,
      isFork: headRepository !== state.repository,
      ref: headRef,
      sha: headSha,
    }),
    base: side({ repository: state.repository, isFork: false, ref: baseRef, sha: baseSha }),
  });
}

function side(at: { repository: string; isFork: boolean; ref: string; sha: string }): unknown {
  const { repository, isFork, ref, sha } = at;
  const [owner = '', name = ''] = repository.split('/');
  const repo = { full_name: repository, name, owner: account(owner), fork: isFork };
  return { label: `${owner}:${ref}`, ref, sha, user: account(owner), repo };
}
