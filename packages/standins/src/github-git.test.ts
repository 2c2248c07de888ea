import { describe, expect, test } from '@jest/globals';
import { AT, HEAD_SHA, refusal, start } from './github-client.fixture.ts';

describe('the git database', () => {
  async function commit(rest: Awaited<ReturnType<typeof start>>['rest'], parents: string[], content: string) {
    const blob = await rest.git.createBlob({ ...AT, content });
    const tree = await rest.git.createTree({
      ...AT,
      tree: [{ path: 'journal/one.jsonl', mode: '100644', type: 'blob', sha: blob.data.sha }],
    });
    const made = await rest.git.createCommit({ ...AT, message: content, tree: tree.data.sha, parents });
    return made.data.sha;
  }

  test('names objects as git does', async () => {
    const { rest } = await start();
    const { data } = await rest.git.createBlob({ ...AT, content: 'hello\n' });
    // `echo hello | git hash-object --stdin`
    expect(data.sha).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
    const read = await rest.git.getBlob({ ...AT, file_sha: data.sha });
    expect(Buffer.from(read.data.content, 'base64').toString()).toBe('hello\n');
  });

  test('a ref is a compare-and-swap: of two writers on one head, the second is refused', async () => {
    const { rest } = await start();
    const ref = 'sophia/production';
    const first = await commit(rest, [], 'first');
    await rest.git.createRef({ ...AT, ref: `refs/${ref}`, sha: first });
    expect((await rest.git.getRef({ ...AT, ref })).data.object.sha).toBe(first);
    const [one, two] = [await commit(rest, [first], 'one'), await commit(rest, [first], 'two')];
    await rest.git.updateRef({ ...AT, ref, sha: one });
    expect(await refusal(rest.git.updateRef({ ...AT, ref, sha: two }))).toBe(
      '422 Update is not a fast forward',
    );
    await rest.git.updateRef({ ...AT, ref, sha: two, force: true });
    const matching = await rest.git.listMatchingRefs({ ...AT, ref: 'sophia/' });
    expect(matching.data.map(({ ref: name, object }) => [name, object.sha])).toEqual([[`refs/${ref}`, two]]);
    const { data } = await rest.git.getCommit({ ...AT, commit_sha: two });
    expect([data.message, data.parents.map(({ sha }) => sha)]).toEqual(['two', [first]]);
    const tree = await rest.git.getTree({ ...AT, tree_sha: data.tree.sha, recursive: 'true' });
    expect(tree.data.tree.map(({ path }) => path)).toEqual(['journal', 'journal/one.jsonl']);
    await rest.git.deleteRef({ ...AT, ref });
    expect(await refusal(rest.git.getRef({ ...AT, ref }))).toBe('404 Not Found');
  });

  test('refuses what GitHub refuses', async () => {
    const { rest } = await start();
    const sha = await commit(rest, [], 'x');
    await rest.git.createRef({ ...AT, ref: 'refs/sophia/a', sha });
    expect(await refusal(rest.git.createRef({ ...AT, ref: 'refs/sophia/a', sha }))).toBe(
      '422 Reference already exists',
    );
    expect(await refusal(rest.git.createRef({ ...AT, ref: 'sophia', sha }))).toContain('422 Reference name');
    expect(await refusal(rest.git.createRef({ ...AT, ref: 'refs/sophia/b', sha: HEAD_SHA }))).toBe(
      '422 Object does not exist',
    );
    expect(await refusal(rest.git.updateRef({ ...AT, ref: 'sophia/c', sha }))).toBe(
      '422 Reference does not exist',
    );
    expect(await refusal(rest.git.createCommit({ ...AT, message: 'x', tree: HEAD_SHA }))).toBe(
      '422 Tree SHA does not exist',
    );
  });

  test('files of a commit are read, raw too, and folders listed', async () => {
    const { rest } = await start();
    const { data } = await rest.repos.getContent({ ...AT, path: '.github/sophia.yml', ref: 'main' });
    expect(data).toMatchObject({ type: 'file', encoding: 'base64', size: 11 });
    const raw = await rest.repos.getContent({ ...AT, path: 'README.md', mediaType: { format: 'raw' } });
    expect(String(raw.data)).toBe('# App\n');
    expect((await rest.repos.getContent({ ...AT, path: '.github' })).data).toMatchObject([
      { name: 'sophia.yml' },
    ]);
    expect(await refusal(rest.repos.getContent({ ...AT, path: 'none' }))).toBe('404 Not Found');
    expect((await rest.repos.get(AT)).data).toMatchObject({ full_name: 'acme/app', default_branch: 'main' });
  });
});
