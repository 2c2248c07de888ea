import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { OpenJob } from '@sophia/local-runner/run-options';
import { oidcEnvironment, startActionsOidc } from '@sophia/standins/actions-oidc';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';
import type { PullRequest } from '@sophia/standins/github-state';

/** The run that the services know of. */
export interface LocalRun {
  readonly repository: string;
  readonly sha: string;
  readonly runId: number;
  readonly event: string;
  readonly outDirectory: string;
  /** The pull request that the run is about. */
  readonly pull?: PullRequest;
}

/** GitHub's own services on loopback, for a workflow that runs on this machine. */
export interface LocalServices {
  readonly github: GitHubStandin;
  readonly artifactsFolder: string;
  readonly openJob: OpenJob;
  readonly close: () => Promise<void>;
}

/** Starts the results service (artifacts), the OIDC endpoint and the API of one repository. */
export async function startLocalServices(run: LocalRun): Promise<LocalServices> {
  const token = `ghs_local${randomUUID().replaceAll('-', '')}`;
  const requestToken = randomUUID();
  const artifactsFolder = join(run.outDirectory, 'artifacts');
  const { repository, sha, runId, event, pull } = run;
  const results = await startActionsResults({ folder: artifactsFolder });
  const oidc = await startActionsOidc({ token: requestToken, repository });
  const github = await startGitHub({
    ...{ repository, token, artifactsFolder },
    pulls: pull === undefined ? [] : [pull],
    runs: [{ id: runId, headSha: sha, event, status: 'in_progress' }],
  });
  return {
    github,
    artifactsFolder,
    openJob: (job) => ({
      token,
      stepEnv: {
        GITHUB_API_URL: github.url,
        GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
        GITHUB_SERVER_URL: 'https://github.com',
      },
      actionEnv: resultsEnvironment(results.url, { runId, attempt: 1, jobId: job.backendId }),
      idTokenEnv: oidcEnvironment(oidc.url, requestToken),
    }),
    close: async () => {
      await Promise.allSettled([results.close(), oidc.close(), github.close()]);
    },
  };
}
