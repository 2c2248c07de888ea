import { operation, type GitHubOperation } from './github-operation.ts';
import { gitHubError, notFound } from './github-reply.ts';
import { resource } from './github-sample.ts';
import type { GitHubState } from './github-state.ts';
import { field, textField } from './json-field.ts';
import { empty, json, type Call, type Reply } from './reply.ts';

/**
 * Refs. An update without `force` is a compare-and-swap: a commit whose history does not hold the ref's
 * present commit is 422 "Update is not a fast forward".
 */
export function refOperations(state: GitHubState): readonly GitHubOperation[] {
  const { refs } = state.git;
  return [
    operation('GET', '/git/ref/{ref}', (call) => {
      const name = nameOf(call);
      return refs.has(name) ? json(200, render(state, name)) : notFound();
    }),
    operation('GET', '/git/matching-refs/{ref}', (call) => {
      const found = [...refs.keys()].filter((name) => name.startsWith(nameOf(call)));
      return json(
        200,
        found.toSorted().map((name) => render(state, name)),
      );
    }),
    operation('POST', '/git/refs', ({ json: body }) => {
      const name = textField(body, 'ref') ?? '';
      const sha = textField(body, 'sha') ?? '';
      if (!/^refs\/[^/]+\/.+$/.test(name)) return gitHubError(422, `Reference name is not valid: ${name}`);
      if (state.git.commit(sha) === undefined) return gitHubError(422, 'Object does not exist');
      if (refs.has(name)) return gitHubError(422, 'Reference already exists');
      refs.set(name, sha);
      return json(201, render(state, name));
    }),
    operation('PATCH', '/git/refs/{ref}', (call) => update(state, call)),
    operation('DELETE', '/git/refs/{ref}', (call) =>
      refs.delete(nameOf(call)) ? empty(204) : gitHubError(422, 'Reference does not exist'),
    ),
  ];
}

function update(state: GitHubState, call: Call): Reply {
  const { git } = state;
  const name = nameOf(call);
  const sha = textField(call.json, 'sha') ?? '';
  const current = git.refs.get(name);
  if (current === undefined) return gitHubError(422, 'Reference does not exist');
  if (git.commit(sha) === undefined) return gitHubError(422, 'Object does not exist');
  const isForced = field(call.json, 'force') === true;
  if (!isForced && !git.isAncestor(current, sha)) return gitHubError(422, 'Update is not a fast forward');
  git.refs.set(name, sha);
  return json(200, render(state, name));
}

function nameOf({ params }: Call): string {
  return `refs/${params['ref']}`;
}

function render({ git, repository }: GitHubState, name: string): unknown {
  const sha = git.refs.get(name) ?? '';
  const address = `https://api.github.com/repos/${repository}/git`;
  return resource('git-ref', {
    ref: name,
    node_id: Buffer.from(name).toString('base64'),
    url: `${address}/${name}`,
    object: { type: 'commit', sha, url: `${address}/commits/${sha}` },
  });
}
