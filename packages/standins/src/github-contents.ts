import { TREE_MODE, type TreeEntry } from './git-database.ts';
import { resolveRef } from './github-git.ts';
import { operation, type GitHubOperation } from './github-operation.ts';
import { gitHubError, notFound } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, type GitHubState } from './github-state.ts';
import { json, text, type Call, type Reply } from './reply.ts';

/** The repository itself and the files of a commit (`Accept: application/vnd.github.raw+json` gives text). */
export function contentOperations(state: GitHubState): readonly GitHubOperation[] {
  return [
    operation('GET', '', () => json(200, renderRepository(state))),
    operation('GET', '/contents/{path}', (call) => contents(state, call)),
  ];
}

function contents(state: GitHubState, call: Call): Reply {
  const ref = call.query.get('ref') ?? '';
  const commit = state.git.commit(resolveRef(state, ref) ?? '');
  if (commit === undefined) return gitHubError(404, `No commit found for the ref ${ref}`);
  const path = (call.params['path'] ?? '').replace(/\/$/, '');
  const found = state.git.lookup(commit.tree, path);
  if (found === undefined) return notFound();
  if (found.mode === TREE_MODE) {
    const entries = state.git.tree(found.sha) ?? [];
    return json(
      200,
      entries.map((entry) => renderEntry(state, `${path}/${entry.path}`, entry)),
    );
  }
  const blob = state.git.blob(found.sha) ?? Buffer.alloc(0);
  if (call.headers['accept']?.includes('raw')) {
    return text(200, blob.toString('utf8'), {
      'content-type': 'application/vnd.github.raw+json; charset=utf-8',
    });
  }
  const content = blob.toString('base64').replace(/.{60}/g, '$&\n');
  return json(
    200,
    resource('content-file', { ...renderEntry(state, path, found), encoding: 'base64', content }),
  );
}

function renderEntry(state: GitHubState, path: string, { mode, sha }: TreeEntry): Record<string, unknown> {
  const url = `https://api.github.com/repos/${state.repository}/contents/${path}`;
  const html = `https://github.com/${state.repository}/blob/${state.defaultBranch}/${path}`;
  return {
    type: mode === TREE_MODE ? 'dir' : 'file',
    name: path.split('/').at(-1),
    path,
    sha,
    size: state.git.blob(sha)?.length ?? 0,
    url,
    html_url: html,
    git_url: `https://api.github.com/repos/${state.repository}/git/${mode === TREE_MODE ? 'trees' : 'blobs'}/${sha}`,
    download_url:
      mode === TREE_MODE ? null : `https://raw.githubusercontent.com/${state.repository}/main/${path}`,
    _links: { self: url, git: null, html },
  };
}

function renderRepository({ repository, defaultBranch }: GitHubState): unknown {
  const [owner = '', name = ''] = repository.split('/');
  return resource('full-repository', {
    id: 1,
    name,
    full_name: repository,
    owner: account(owner),
    default_branch: defaultBranch,
    html_url: `https://github.com/${repository}`,
    visibility: 'public',
  });
}
