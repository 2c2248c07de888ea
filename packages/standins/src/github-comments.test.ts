import { describe, expect, test } from '@jest/globals';
import { AT, github, HEAD_SHA, refusal, start } from './github-client.fixture.ts';

describe('comments', () => {
  test('are created, read, changed, listed and deleted', async () => {
    const { rest } = await start();
    const made = await rest.issues.createComment({ ...AT, issue_number: 5, body: 'one' });
    expect([made.status, made.data.user?.login, made.data.user?.type]).toEqual([
      201,
      'github-actions[bot]',
      'Bot',
    ]);
    const comment_id = made.data.id;
    await rest.issues.updateComment({ ...AT, comment_id, body: 'two' });
    expect((await rest.issues.getComment({ ...AT, comment_id })).data.body).toBe('two');
    github.comment({ issue: 5, login: 'stranger', body: 'me too' });
    const listed = await rest.issues.listComments({ ...AT, issue_number: 5 });
    expect(listed.data.map(({ user, body }) => [user?.login, body])).toEqual([
      ['github-actions[bot]', 'two'],
      ['stranger', 'me too'],
    ]);
    expect((await rest.issues.deleteComment({ ...AT, comment_id })).status).toBe(204);
    expect(await refusal(rest.issues.updateComment({ ...AT, comment_id, body: 'x' }))).toBe('404 Not Found');
    expect(await refusal(rest.issues.createComment({ ...AT, issue_number: 99, body: 'x' }))).toBe(
      '404 Not Found',
    );
  });

  test('come in pages that a Link header joins', async () => {
    const octokit = await start();
    for (let index = 0; index < 250; index += 1) github.comment({ issue: 5, login: 'a', body: `${index}` });
    const all = await octokit.paginate(octokit.rest.issues.listComments, {
      ...AT,
      issue_number: 5,
      per_page: 100,
    });
    expect(all.map(({ body }) => body)).toEqual(Array.from({ length: 250 }, (_, index) => `${index}`));
    expect(github.requests).toHaveLength(3);
    const second = await octokit.rest.issues.listComments({ ...AT, issue_number: 5, per_page: 100, page: 2 });
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
      rest.issues.createComment({ ...AT, issue_number: 5, body: 'x'.repeat(length) });
    expect((await post(65_536)).status).toBe(201);
    expect(await refusal(post(65_537))).toContain('422 Validation Failed');
  });

  test('are minimised by GraphQL, and nothing else is known there', async () => {
    const octokit = await start();
    github.comment({ issue: 5, login: 'a', body: 'old' });
    const { data } = await octokit.rest.issues.listComments({ ...AT, issue_number: 5 });
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
    const { data } = await rest.issues.create({ ...AT, title: 'Red main', labels: ['sophia'] });
    expect(data).toMatchObject({ number: 6, state: 'open', labels: [{ name: 'sophia' }] });
    const open = async () =>
      (await rest.issues.listForRepo({ ...AT, labels: 'sophia' })).data.map(({ number }) => number);
    expect(await open()).toEqual([6]);
    const closed = await rest.issues.update({ ...AT, issue_number: 6, state: 'closed' });
    expect(closed.data).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(await open()).toEqual([]);
    const all = await rest.issues.listForRepo({ ...AT, state: 'all', direction: 'asc' });
    expect(all.data.map(({ number }) => number)).toEqual([5, 6]);
  });

  test('a pull request of a fork is found by number, by commit and by head', async () => {
    const { rest } = await start();
    const { data } = await rest.pulls.get({ ...AT, pull_number: 5 });
    expect(data).toMatchObject({
      number: 5,
      head: { ref: 'topic', sha: HEAD_SHA, repo: { full_name: 'fork/app', fork: true } },
      base: { ref: 'main', repo: { full_name: 'acme/app' } },
    });
    expect(data.base.sha).toMatch(/^[0-9a-f]{40}$/);
    const ofCommit = await rest.repos.listPullRequestsAssociatedWithCommit({ ...AT, commit_sha: HEAD_SHA });
    expect(ofCommit.data.map(({ number }) => number)).toEqual([5]);
    expect((await rest.pulls.list({ ...AT, head: 'fork:topic' })).data).toHaveLength(1);
    expect((await rest.pulls.list({ ...AT, head: 'acme:topic' })).data).toHaveLength(0);
  });
});
