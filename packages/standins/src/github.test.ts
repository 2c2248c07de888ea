import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { getOctokit } from '@actions/github';
import { openArtifactStore } from './artifact-store.ts';
import { startGitHub, type GitHubOptions, type GitHubStandin } from './github.ts';

const TOKEN = 'ghs_fake';
const at = { owner: 'acme', repo: 'app' };
const SHA = 'a'.repeat(40);

let github: GitHubStandin;
afterEach(() => github.close());

async function start(options: Partial<GitHubOptions> = {}, token = TOKEN) {
  github = await startGitHub({
    token: TOKEN,
    repository: 'acme/app',
    pulls: [{ number: 5, headRef: 'topic', headSha: SHA, headRepository: 'fork/app', login: 'octo' }],
    files: { 'README.md': '# App\n', '.github/sophia.yml': 'version: 1\n' },
    ...options,
  });
  return getOctokit(token, { baseUrl: github.url, log: { debug() {}, info() {}, warn() {}, error() {} } });
}

/** Status and message of a refusal. */
async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no refusal',
    (error: unknown) => {
      const { status, message } = error as { status: number; message: string };
      return `${status} ${message.split(' - ')[0]}`;
    },
  );
}

describe('comments', () => {
  test('are created, read, changed, listed and deleted', async () => {
    const { rest } = await start();
    const made = await rest.issues.createComment({ ...at, issue_number: 5, body: 'one' });
    expect([made.status, made.data.user?.login, made.data.user?.type]).toEqual([
      201,
      'github-actions[bot]',
      'Bot',
    ]);
    const comment_id = made.data.id;
    await rest.issues.updateComment({ ...at, comment_id, body: 'two' });
    expect((await rest.issues.getComment({ ...at, comment_id })).data.body).toBe('two');
    github.comment({ issue: 5, login: 'stranger', body: 'me too' });
    const listed = await rest.issues.listComments({ ...at, issue_number: 5 });
    expect(listed.data.map(({ user, body }) => [user?.login, body])).toEqual([
      ['github-actions[bot]', 'two'],
      ['stranger', 'me too'],
    ]);
    expect((await rest.issues.deleteComment({ ...at, comment_id })).status).toBe(204);
    expect(await refusal(rest.issues.updateComment({ ...at, comment_id, body: 'x' }))).toBe('404 Not Found');
    expect(await refusal(rest.issues.createComment({ ...at, issue_number: 99, body: 'x' }))).toBe(
      '404 Not Found',
    );
  });

  test('come in pages that a Link header joins', async () => {
    const octokit = await start();
    for (let index = 0; index < 250; index += 1) github.comment({ issue: 5, login: 'a', body: `${index}` });
    const all = await octokit.paginate(octokit.rest.issues.listComments, {
      ...at,
      issue_number: 5,
      per_page: 100,
    });
    expect(all.map(({ body }) => body)).toEqual(Array.from({ length: 250 }, (_, index) => `${index}`));
    expect(github.requests).toHaveLength(3);
    const second = await octokit.rest.issues.listComments({ ...at, issue_number: 5, per_page: 100, page: 2 });
    expect(second.headers.link?.match(/rel="\w+"/g)).toEqual([
      'rel="prev"',
      'rel="next"',
      'rel="last"',
      'rel="first"',
    ]);
  });

  test('longer than 65,536 characters are 422', async () => {
    const { rest } = await start();
    const post = (length: number) =>
      rest.issues.createComment({ ...at, issue_number: 5, body: 'x'.repeat(length) });
    expect((await post(65_536)).status).toBe(201);
    expect(await refusal(post(65_537))).toContain('422 Validation Failed');
  });

  test('are minimised by GraphQL, and nothing else is known there', async () => {
    const octokit = await start();
    github.comment({ issue: 5, login: 'a', body: 'old' });
    const { data } = await octokit.rest.issues.listComments({ ...at, issue_number: 5 });
    const mutation = `mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }`;
    expect(await octokit.graphql(mutation, { id: data[0]?.node_id })).toMatchObject({
      minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } },
    });
    expect(github.comments()[0]?.minimized).toBe('OUTDATED');
    await expect(octokit.graphql(mutation, { id: 'nobody' })).rejects.toThrow('Could not resolve to a node');
    await expect(octokit.graphql('{ viewer { login } }')).rejects.toThrow('minimizeComment only');
  });
});

describe('issues and pull requests', () => {
  test('an issue is opened, found by label, closed and found no more', async () => {
    const { rest } = await start();
    const { data } = await rest.issues.create({ ...at, title: 'Red main', labels: ['sophia'] });
    expect(data).toMatchObject({ number: 6, state: 'open', labels: [{ name: 'sophia' }] });
    const open = async () =>
      (await rest.issues.listForRepo({ ...at, labels: 'sophia' })).data.map(({ number }) => number);
    expect(await open()).toEqual([6]);
    const closed = await rest.issues.update({ ...at, issue_number: 6, state: 'closed' });
    expect(closed.data).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(await open()).toEqual([]);
  });

  test('a pull request of a fork is found by number, by commit and by head', async () => {
    const { rest } = await start();
    const { data } = await rest.pulls.get({ ...at, pull_number: 5 });
    expect(data).toMatchObject({
      number: 5,
      head: { ref: 'topic', sha: SHA, repo: { full_name: 'fork/app', fork: true } },
      base: { ref: 'main', repo: { full_name: 'acme/app' } },
    });
    expect(data.base.sha).toMatch(/^[0-9a-f]{40}$/);
    const ofCommit = await rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: SHA });
    expect(ofCommit.data.map(({ number }) => number)).toEqual([5]);
    expect((await rest.pulls.list({ ...at, head: 'fork:topic' })).data).toHaveLength(1);
    expect((await rest.pulls.list({ ...at, head: 'acme:topic' })).data).toHaveLength(0);
  });
});

describe('checks and deployments', () => {
  const annotation = (line: number) => ({
    path: 'a.ts',
    start_line: line,
    end_line: line,
    annotation_level: 'failure' as const,
    message: 'wrong',
  });

  test('a check run collects annotations over several requests', async () => {
    const { rest } = await start();
    const output = { title: 'Gate', summary: 'two failures' };
    const first = Array.from({ length: 50 }, (_, index) => annotation(index + 1));
    const { data } = await rest.checks.create({
      ...at,
      name: 'sophia',
      head_sha: SHA,
      output: { ...output, annotations: first },
    });
    expect(data).toMatchObject({ status: 'queued', conclusion: null, output: { annotations_count: 50 } });
    const done = await rest.checks.update({
      ...at,
      check_run_id: data.id,
      status: 'completed',
      conclusion: 'failure',
      output: { ...output, annotations: [annotation(51)] },
    });
    expect(done.data).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { annotations_count: 51 },
    });
    const listed = await rest.checks.listAnnotations({ ...at, check_run_id: data.id, per_page: 100 });
    expect(listed.data.at(-1)).toMatchObject({ path: 'a.ts', start_line: 51 });
    expect((await rest.checks.get({ ...at, check_run_id: data.id })).data.name).toBe('sophia');
  });

  test('51 annotations, a summary that is too long and an unknown field are 422', async () => {
    const { rest } = await start();
    const create = (more: object) => rest.checks.create({ ...at, name: 'x', head_sha: SHA, ...more });
    const annotations = Array.from({ length: 51 }, (_, index) => annotation(index + 1));
    expect(await refusal(create({ output: { title: 't', summary: 's', annotations } }))).toContain('422');
    expect(await refusal(create({ output: { title: 't', summary: 'x'.repeat(65_536) } }))).toContain('422');
    expect(await refusal(create({ conclusoin: 'success' }))).toContain('"conclusoin" is not a permitted key');
  });

  test('a successful deployment makes the one before inactive', async () => {
    const { rest } = await start();
    const deploy = async () => {
      const { data } = await rest.repos.createDeployment({
        ...at,
        ref: 'main',
        environment: 'production',
        auto_merge: false,
        required_contexts: [],
      });
      if (!('id' in data)) throw new Error('no deployment');
      const status = { ...at, deployment_id: data.id, log_url: 'https://example.com/log' };
      await rest.repos.createDeploymentStatus({ ...status, state: 'in_progress' });
      await rest.repos.createDeploymentStatus({ ...status, state: 'success', description: 'head abc' });
      return data.id;
    };
    const [first, second] = [await deploy(), await deploy()];
    const states = async (deployment_id: number) =>
      (await rest.repos.listDeploymentStatuses({ ...at, deployment_id })).data.map(({ state }) => state);
    expect(await states(first)).toEqual(['inactive', 'success', 'in_progress']);
    expect(await states(second)).toEqual(['success', 'in_progress']);
    const listed = await rest.repos.listDeployments({ ...at, environment: 'production' });
    expect(listed.data.map(({ id }) => id)).toEqual([second, first]);
    expect((await rest.repos.getDeployment({ ...at, deployment_id: first })).data.ref).toBe('main');
    expect(await refusal(rest.repos.createDeployment({ ...at, ref: 'nowhere' }))).toContain(
      '422 No ref found',
    );
  });
});

describe('the git database', () => {
  async function commit(rest: Awaited<ReturnType<typeof start>>['rest'], parents: string[], content: string) {
    const blob = await rest.git.createBlob({ ...at, content });
    const tree = await rest.git.createTree({
      ...at,
      tree: [{ path: 'journal/one.jsonl', mode: '100644', type: 'blob', sha: blob.data.sha }],
    });
    const made = await rest.git.createCommit({ ...at, message: content, tree: tree.data.sha, parents });
    return made.data.sha;
  }

  test('names objects as git does', async () => {
    const { rest } = await start();
    const { data } = await rest.git.createBlob({ ...at, content: 'hello\n' });
    // `echo hello | git hash-object --stdin`
    expect(data.sha).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
    const read = await rest.git.getBlob({ ...at, file_sha: data.sha });
    expect(Buffer.from(read.data.content, 'base64').toString()).toBe('hello\n');
  });

  test('a ref is a compare-and-swap: of two writers on one head, the second is refused', async () => {
    const { rest } = await start();
    const ref = 'sophia/production';
    const first = await commit(rest, [], 'first');
    await rest.git.createRef({ ...at, ref: `refs/${ref}`, sha: first });
    expect((await rest.git.getRef({ ...at, ref })).data.object.sha).toBe(first);
    const [one, two] = [await commit(rest, [first], 'one'), await commit(rest, [first], 'two')];
    await rest.git.updateRef({ ...at, ref, sha: one });
    expect(await refusal(rest.git.updateRef({ ...at, ref, sha: two }))).toBe(
      '422 Update is not a fast forward',
    );
    await rest.git.updateRef({ ...at, ref, sha: two, force: true });
    const matching = await rest.git.listMatchingRefs({ ...at, ref: 'sophia/' });
    expect(matching.data.map(({ ref: name, object }) => [name, object.sha])).toEqual([[`refs/${ref}`, two]]);
    const { data } = await rest.git.getCommit({ ...at, commit_sha: two });
    expect([data.message, data.parents.map(({ sha }) => sha)]).toEqual(['two', [first]]);
    const tree = await rest.git.getTree({ ...at, tree_sha: data.tree.sha, recursive: 'true' });
    expect(tree.data.tree.map(({ path }) => path)).toEqual(['journal', 'journal/one.jsonl']);
    await rest.git.deleteRef({ ...at, ref });
    expect(await refusal(rest.git.getRef({ ...at, ref }))).toBe('404 Not Found');
  });

  test('refuses what GitHub refuses', async () => {
    const { rest } = await start();
    const sha = await commit(rest, [], 'x');
    await rest.git.createRef({ ...at, ref: 'refs/sophia/a', sha });
    expect(await refusal(rest.git.createRef({ ...at, ref: 'refs/sophia/a', sha }))).toBe(
      '422 Reference already exists',
    );
    expect(await refusal(rest.git.createRef({ ...at, ref: 'sophia', sha }))).toContain('422 Reference name');
    expect(await refusal(rest.git.createRef({ ...at, ref: 'refs/sophia/b', sha: SHA }))).toBe(
      '422 Object does not exist',
    );
    expect(await refusal(rest.git.updateRef({ ...at, ref: 'sophia/c', sha }))).toBe(
      '422 Reference does not exist',
    );
    expect(await refusal(rest.git.createCommit({ ...at, message: 'x', tree: SHA }))).toBe(
      '422 Tree SHA does not exist',
    );
  });

  test('files of a commit are read, raw too, and folders listed', async () => {
    const { rest } = await start();
    const { data } = await rest.repos.getContent({ ...at, path: '.github/sophia.yml', ref: 'main' });
    expect(data).toMatchObject({ type: 'file', encoding: 'base64', size: 11 });
    const raw = await rest.repos.getContent({ ...at, path: 'README.md', mediaType: { format: 'raw' } });
    expect(String(raw.data)).toBe('# App\n');
    expect((await rest.repos.getContent({ ...at, path: '.github' })).data).toMatchObject([
      { name: 'sophia.yml' },
    ]);
    expect(await refusal(rest.repos.getContent({ ...at, path: 'none' }))).toBe('404 Not Found');
    expect((await rest.repos.get(at)).data).toMatchObject({ full_name: 'acme/app', default_branch: 'main' });
  });
});

describe('runs and artifacts', () => {
  test('lists runs by branch and state, and the artifacts that a run left in the shared folder', async () => {
    const artifactsFolder = await mkdtemp(join(tmpdir(), 'standin-github-'));
    const store = await openArtifactStore(artifactsFolder);
    const stored = await store.create({
      runBackendId: '7.1',
      jobBackendId: 'j',
      name: 'gate',
      mimeType: 'application/zip',
    });
    await store.write(stored?.id ?? 0, Buffer.from('zip'));
    await store.finalize('7.1', 'gate');
    const runs = [
      { id: 7, headSha: SHA },
      { id: 8, headSha: SHA, conclusion: 'failure' },
    ];
    const { rest } = await start({ artifactsFolder, runs });
    const listed = await rest.actions.listWorkflowRunsForRepo({ ...at, branch: 'main', status: 'success' });
    expect(listed.data.workflow_runs.map(({ id }) => id)).toEqual([7]);
    expect((await rest.actions.getWorkflowRun({ ...at, run_id: 8 })).data.conclusion).toBe('failure');
    const { data } = await rest.actions.listWorkflowRunArtifacts({ ...at, run_id: 7 });
    expect(data).toMatchObject({
      total_count: 1,
      artifacts: [{ name: 'gate', size_in_bytes: 3, workflow_run: { id: 7 } }],
    });
    expect((await rest.actions.listWorkflowRunArtifacts({ ...at, run_id: 8 })).data.total_count).toBe(0);
    const artifact_id = data.artifacts[0]?.id ?? 0;
    const zip = await rest.actions.downloadArtifact({ ...at, artifact_id, archive_format: 'zip' });
    expect(Buffer.from(zip.data as ArrayBuffer).toString()).toBe('zip');
    expect((await rest.actions.listArtifactsForRepo({ ...at, name: 'other' })).data.total_count).toBe(0);
    expect((await rest.actions.getArtifact({ ...at, artifact_id })).data.digest).toMatch(/^sha256:/);
    await rest.actions.deleteArtifact({ ...at, artifact_id });
    expect(await refusal(rest.actions.getArtifact({ ...at, artifact_id }))).toBe('404 Not Found');
    await rm(artifactsFolder, { recursive: true });
  });
});

describe('tokens and limits', () => {
  test('a wrong token is 401, another repository 404', async () => {
    const wrong = await start({}, 'ghs_wrong');
    expect(await refusal(wrong.rest.repos.get(at))).toBe('401 Bad credentials');
    const right = getOctokit(TOKEN, { baseUrl: github.url });
    expect(await refusal(right.rest.repos.get({ owner: 'acme', repo: 'other' }))).toBe('404 Not Found');
  });

  test('a fork’s token reads and does not write', async () => {
    const octokit = await start({ readOnly: true });
    expect((await octokit.rest.issues.listComments({ ...at, issue_number: 5 })).status).toBe(200);
    const write = octokit.rest.issues.createComment({ ...at, issue_number: 5, body: 'x' });
    expect(await refusal(write)).toBe('403 Resource not accessible by integration');
  });

  test('rate limits: headers that count down, the secondary and the primary limit', async () => {
    const { rest } = await start();
    await rest.repos.get(at);
    expect((await rest.repos.get(at)).headers['x-ratelimit-remaining']).toBe('4998');
    github.fail('secondary_rate_limit', { times: 1, retryAfterSeconds: 60 });
    const secondary = await rest.repos.get(at).catch((error: unknown) => error);
    expect(secondary).toMatchObject({ status: 403, response: { headers: { 'retry-after': '60' } } });
    github.fail('primary_rate_limit', { times: 1 });
    const primary = await rest.repos.get(at).catch((error: unknown) => error);
    expect(primary).toMatchObject({ status: 403, response: { headers: { 'x-ratelimit-remaining': '0' } } });
  });

  test('a request that does not fit GitHub’s description is 422 with the reason', async () => {
    await start();
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${github.url}/repos/acme/app${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return [response.status, ((await response.json()) as { message: string }).message];
    };
    expect(await post('/issues/5/comments', { body: 5 })).toEqual([
      422,
      'Invalid request.\n\n/body must be string ({"type":"string"})',
    ]);
    expect(await post('/issues/5/comments', {})).toMatchObject([
      422,
      expect.stringContaining("must have required property 'body'"),
    ]);
    const listed = await fetch(`${github.url}/repos/acme/app/issues?perpage=1`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(listed.status).toBe(422);
  });
});
