import { getOctokit } from '@actions/github';
import { afterEach } from '@jest/globals';
import { startGitHub, type GitHubOptions, type GitHubStandin } from './github.ts';

/** For the tests of the GitHub stand-in: the repository they talk about, and the head of its pull request. */
export const AT = { owner: 'acme', repo: 'app' };
export const HEAD_SHA = 'a'.repeat(40);
export const TOKEN = 'ghs_fake';

/** The stand-in of the test that runs; it is closed after the test. */
export let github: GitHubStandin;
afterEach(() => github.close());

/** Starts the stand-in with one pull request of a fork and two files. @returns the real client on it */
export async function start(
  options: Partial<GitHubOptions> = {},
  token = TOKEN,
): Promise<ReturnType<typeof getOctokit>> {
  github = await startGitHub({
    token: TOKEN,
    repository: 'acme/app',
    pulls: [{ number: 5, headRef: 'topic', headSha: HEAD_SHA, headRepository: 'fork/app', login: 'octo' }],
    files: { 'README.md': '# App\n', '.github/sophia.yml': 'version: 1\n' },
    ...options,
  });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  return getOctokit(token, { baseUrl: github.url, log });
}

/** Status and message of a refusal. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no refusal',
    (error: unknown) => {
      const { status, message } = error as { status: number; message: string };
      return `${status} ${message.split(' - ')[0]}`;
    },
  );
}
