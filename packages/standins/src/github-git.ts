import { TREE_MODE, type Commit, type Person, type TreeEntry } from './git-database.ts';
import { operation, type GitHubOperation } from './github-operation.ts';
import { gitHubError, notFound, timestamp } from './github-reply.ts';
import { resource } from './github-sample.ts';
import type { GitHubState } from './github-state.ts';
import { field, isObject, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';

/**
 * The commit that a branch, tag, full ref name or SHA stands for; empty or `HEAD`: the default branch. The
 * head of a seeded run or pull request is a commit too, though its content is not there.
 */
export function resolveRef(state: GitHubState, ref: string): string | undefined {
  const { git, defaultBranch, runs, pulls } = state;
  const name = ref === '' || ref === 'HEAD' ? defaultBranch : ref;
  const candidates = [name, `refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
  const found = candidates.map((candidate) => git.refs.get(candidate)).find((sha) => sha !== undefined);
  const isCommit =
    git.commit(name) !== undefined || [...runs, ...pulls].some(({ headSha }) => headSha === name);
  return found ?? (isCommit ? name : undefined);
}

/** Blobs, trees and commits of the git database. */
export function gitObjectOperations(state: GitHubState): readonly GitHubOperation[] {
  const { git } = state;
  return [
    operation('POST', '/git/blobs', ({ json: body }) => {
      const encoding = textField(body, 'encoding') === 'base64' ? 'base64' : 'utf8';
      const sha = git.writeBlob(Buffer.from(textField(body, 'content') ?? '', encoding));
      return json(201, resource('short-blob', { sha, url: address(state, `blobs/${sha}`) }));
    }),
    operation('GET', '/git/blobs/{file_sha}', ({ params: { file_sha: sha = '' } }) => {
      const blob = git.blob(sha);
      if (blob === undefined) return notFound();
      const content = blob.toString('base64').replace(/.{60}/g, '$&\n');
      const url = address(state, `blobs/${sha}`);
      return json(200, resource('blob', { sha, content, encoding: 'base64', size: blob.length, url }));
    }),
    operation('POST', '/git/trees', (call) => createTree(state, call)),
    operation('GET', '/git/trees/{tree_sha}', ({ params: { tree_sha: name = '' }, query }) => {
      const commit = git.commit(resolveRef(state, name) ?? '');
      const sha = commit?.tree ?? name;
      if (git.tree(sha) === undefined) return notFound();
      return json(200, renderTree(state, sha, query.has('recursive')));
    }),
    operation('POST', '/git/commits', (call) => createCommit(state, call)),
    operation('GET', '/git/commits/{commit_sha}', ({ params: { commit_sha: sha = '' } }) => {
      const commit = git.commit(sha);
      return commit === undefined ? notFound() : json(200, renderCommit(state, sha, commit));
    }),
  ];
}

function createTree(state: GitHubState, { json: body }: Call): Reply {
  const { git } = state;
  const base = textField(body, 'base_tree');
  const baseTree = base === undefined ? undefined : (git.commit(base)?.tree ?? base);
  if (baseTree !== undefined && git.tree(baseTree) === undefined) {
    return gitHubError(422, 'base_tree is not a valid tree oid');
  }
  const entries = field(body, 'tree');
  const files: Record<string, Buffer> = {};
  for (const entry of Array.isArray(entries) ? entries : []) {
    const content = contentOf(state, entry);
    if (content === undefined)
      return gitHubError(422, 'tree.sha is not a valid blob of mode 100644 (all that this stand-in takes)');
    files[textField(entry, 'path') ?? ''] = content;
  }
  return json(201, renderTree(state, git.writeFiles(files, baseTree), false));
}

function contentOf({ git }: GitHubState, entry: unknown): Buffer | undefined {
  const content = textField(entry, 'content');
  if ((textField(entry, 'mode') ?? '100644') !== '100644') return undefined;
  return content === undefined ? git.blob(textField(entry, 'sha') ?? '') : Buffer.from(content);
}

function createCommit(state: GitHubState, { json: body }: Call): Reply {
  const { git } = state;
  const tree = textField(body, 'tree') ?? '';
  const named = field(body, 'parents');
  const parents = Array.isArray(named) ? named.map(String) : [];
  if (git.tree(tree) === undefined) return gitHubError(422, 'Tree SHA does not exist');
  if (parents.some((parent) => git.commit(parent) === undefined)) {
    return gitHubError(422, 'Parent SHA does not exist or is not a commit object');
  }
  const author = personOf(field(body, 'author'), state);
  const committer = isObject(field(body, 'committer')) ? personOf(field(body, 'committer'), state) : author;
  const commit = { tree, parents, message: textField(body, 'message') ?? '', author, committer };
  return json(201, renderCommit(state, git.writeCommit(commit), commit));
}

function personOf(given: unknown, { author }: GitHubState): Person {
  return {
    name: textField(given, 'name') ?? author,
    email: textField(given, 'email') ?? '41898282+github-actions[bot]@users.noreply.github.com',
    date: textField(given, 'date') ?? timestamp(),
  };
}

function renderTree(state: GitHubState, sha: string, isRecursive: boolean): unknown {
  return resource('git-tree', {
    sha,
    url: address(state, `trees/${sha}`),
    truncated: false,
    tree: entriesOf(state, sha, isRecursive).map((entry) => renderEntry(state, entry)),
  });
}

function entriesOf({ git }: GitHubState, sha: string, isRecursive: boolean): TreeEntry[] {
  const below = (tree: string, prefix: string): TreeEntry[] =>
    (git.tree(tree) ?? []).flatMap((entry) => {
      const own = { ...entry, path: `${prefix}${entry.path}` };
      return isRecursive && entry.mode === TREE_MODE ? [own, ...below(entry.sha, `${own.path}/`)] : [own];
    });
  return below(sha, '');
}

function renderEntry(state: GitHubState, { path, mode, sha }: TreeEntry): unknown {
  if (mode === TREE_MODE) return { path, mode, type: 'tree', sha, url: address(state, `trees/${sha}`) };
  const size = state.git.blob(sha)?.length ?? 0;
  return { path, mode, type: 'blob', sha, size, url: address(state, `blobs/${sha}`) };
}

function renderCommit(state: GitHubState, sha: string, commit: Commit): unknown {
  return resource('git-commit', {
    sha,
    url: address(state, `commits/${sha}`),
    html_url: `https://github.com/${state.repository}/commit/${sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: address(state, `trees/${commit.tree}`) },
    parents: commit.parents.map((parent) => ({ sha: parent, url: address(state, `commits/${parent}`) })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null },
  });
}

function address({ repository }: GitHubState, path: string): string {
  return `https://api.github.com/repos/${repository}/git/${path}`;
}
