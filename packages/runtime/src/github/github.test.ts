import { afterEach, describe, expect, test } from '@jest/globals';
import { SophiaError } from '@sophia/core/errors';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';

import { statusOf } from './answers.ts';
import { openGitHub } from './github.ts';
import type { GitHub } from './github.ts';

const TOKEN = 'ghs_fakeTokenOfATest';
const ISSUE = { issue_number: 7 };
const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

let standin: GitHubStandin;
/** Time that was waited; nobody really waits in these tests. */
let waitedMs: number[];

async function start(token = TOKEN): Promise<GitHub> {
  const pulls = [{ number: 7, headRef: 'topic', headSha: 'b'.repeat(40) }];
  standin = await startGitHub({ token: TOKEN, repository: 'acme/app', pulls });
  waitedMs = [];
  let nowMs = 0;
  const clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => nowMs,
    sleep(durationMs: number) {
      waitedMs.push(durationMs);
      nowMs += durationMs;
      return Promise.resolve();
    },
  };
  const { signal } = new AbortController();
  return openGitHub({ token, repository: 'acme/app', apiUrl: standin.url, clock, signal });
}

afterEach(() => standin.close());

async function refusal(promise: Promise<unknown>): Promise<SophiaError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SophiaError) return error;
  throw new Error('expected a refusal');
}

describe('what GitHub answers becomes a code and a status', () => {
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [422, 'protocol'],
    [500, 'unavailable'],
  ] as const)('%i is %s', async (status, code) => {
    const github = await start();
    standin.fail(status);
    const error = await refusal(github.request(LIST, ISSUE));
    expect(error).toMatchObject({ code, details: { status } });
    expect(statusOf(error)).toBe(status);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(TOKEN);
  });

  test.each(['reset', 'truncated', 'malformed', 'html'] as const)('%s is unavailable', async (mode) => {
    const github = await start();
    standin.fail(mode);
    expect(await refusal(github.request(LIST, ISSUE))).toMatchObject({ code: 'unavailable' });
  });

  test('a wrong token is unauthorized', async () => {
    const github = await start('ghs_another');
    expect(await refusal(github.request(LIST, ISSUE))).toMatchObject({ code: 'unauthorized' });
  });
});

describe('asking again', () => {
  test('a read is repeated with back-off while the server has trouble', async () => {
    const github = await start();
    standin.fail(503, { times: 2 });
    expect(await github.request(LIST, ISSUE)).toMatchObject({ status: 200 });
    expect(waitedMs).toEqual([1_000, 2_000]);
  });

  test('a write that may have been done is not', async () => {
    const github = await start();
    standin.fail('reset', { times: 1, method: 'POST' });
    await refusal(github.request(CREATE, { ...ISSUE, body: 'once' }));
    expect(standin.comments()).toHaveLength(1);
    expect(waitedMs).toEqual([]);
  });

  test('what is asked once is not asked again, and waits for nothing', async () => {
    const github = await start();
    standin.fail(503, { times: 1 });
    await refusal(github.requestOnce(LIST, ISSUE));
    expect(waitedMs).toEqual([]);
    expect((await github.requestOnce(LIST, ISSUE)).status).toBe(200);
  });

  test('a limit is waited for as long as GitHub asks, also for a write', async () => {
    const github = await start();
    standin.fail('secondary_rate_limit', { times: 1, retryAfterSeconds: 7 });
    await github.request(CREATE, { ...ISSUE, body: 'once' });
    expect(waitedMs).toEqual([7_000]);
    expect(standin.comments()).toHaveLength(1);
  });

  test('a limit that lasts longer than anybody waits is refused at once', async () => {
    const github = await start();
    standin.fail('secondary_rate_limit', { retryAfterSeconds: 3_600 });
    expect(await refusal(github.request(LIST, ISSUE))).toMatchObject({ code: 'rate-limited' });
    expect(waitedMs).toEqual([]);
  });
});

test('all pages of a list are asked for, one at a time', async () => {
  const github = await start();
  for (let index = 0; index < 150; index += 1)
    standin.comment({ issue: 7, login: 'octocat', body: `comment ${index}` });
  const sizes: number[] = [];
  for await (const page of github.pages(LIST, ISSUE)) sizes.push(page.length);
  expect(sizes).toEqual([100, 50]);
  expect(standin.requests).toHaveLength(2);
});

test('errors of a query are refused with GitHub’s words', async () => {
  const github = await start();
  expect((await refusal(github.graphql('query { viewer { login } }', {}))).message).toContain(
    'GitHub refused a query',
  );
});

test('a repository that is none is refused before anything is sent', async () => {
  await start();
  const { signal } = new AbortController();
  const clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
  const opened = openGitHub({ token: TOKEN, repository: 'acme', apiUrl: standin.url, clock, signal });
  expect(await refusal(opened)).toMatchObject({ code: 'usage' });
});
