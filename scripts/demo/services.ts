import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { OpenJob } from '@sophia/local-runner/run-options';
import { oidcEnvironment, startActionsOidc } from '@sophia/standins/actions-oidc';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { startAnthropic } from '@sophia/standins/anthropic';
import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';
import { startOpenAi } from '@sophia/standins/openai';
import { startPinecone } from '@sophia/standins/pinecone';
import { startPulumi } from '@sophia/standins/pulumi';
import { startSnowflake } from '@sophia/standins/snowflake';

import { escEnvironments, escValues, ORGANISATION } from './esc-environments.ts';

/** The run that the stand-ins know of. */
export interface DemoRun {
  readonly repository: string;
  readonly sha: string;
  readonly runId: number;
  readonly pullRequest: number | undefined;
  readonly event: string;
  readonly environment: string;
}

/** Everything of the outside world, on loopback. */
export interface Services {
  readonly github: GitHubStandin;
  readonly artifactsFolder: string;
  readonly openJob: OpenJob;
  /** What every step of the run inherits, as from a self-hosted runner's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const KNOWLEDGE_INDEX = { name: 'sophia-knowledge', dimension: 1536 };

/** The services that the health gate asks; each takes the key of that environment only. */
async function startAskedServices(folder: string, environment: string) {
  const values = escValues(folder, environment);
  const text = (name: string) => String(values[name]);
  const variables = values['environmentVariables'] as Record<string, string>;
  const openai = await startOpenAi({ apiKey: text('openai_api_key') });
  const anthropic = await startAnthropic({ apiKey: text('anthropic_api_key') });
  const pinecone = await startPinecone({ apiKey: text('pinecone_api_key'), indexes: [KNOWLEDGE_INDEX] });
  const snowflake = await startSnowflake({
    user: variables['SNOWFLAKE_USER'] ?? '',
    password: text('snowflake_password'),
  });
  return {
    running: [openai, anthropic, pinecone, snowflake],
    endpoints: {
      OPENAI_BASE_URL: openai.url,
      ANTHROPIC_BASE_URL: anthropic.url,
      PINECONE_CONTROLLER_HOST: pinecone.url,
      SNOWFLAKE_HOST: snowflake.url,
    },
  };
}

function startGitHubFor(run: DemoRun, token: string, artifactsFolder: string): Promise<GitHubStandin> {
  const { repository, sha, runId, pullRequest, event } = run;
  return startGitHub({
    repository,
    token,
    artifactsFolder,
    pulls:
      pullRequest === undefined
        ? []
        : [{ number: pullRequest, headRef: 'feature', headSha: sha, title: 'Search by topic' }],
    runs: [{ id: runId, headSha: sha, event, status: 'in_progress' }],
  });
}

/** Starts all stand-ins; whatever started is closed again if one fails. */
export async function startServices(
  run: DemoRun,
  escFolder: string,
  outDirectory: string,
): Promise<Services> {
  const githubToken = `ghs_fake${randomUUID().replaceAll('-', '')}`;
  const requestToken = randomUUID();
  const artifactsFolder = join(outDirectory, 'artifacts');
  const { running, endpoints } = await startAskedServices(escFolder, run.environment);
  const pulumi = await startPulumi({
    token: 'pul-fake-token-of-the-demonstration',
    environments: escEnvironments(escFolder, endpoints),
    oidcOrganizations: [ORGANISATION],
  });
  const results = await startActionsResults({ folder: artifactsFolder });
  const oidc = await startActionsOidc({ token: requestToken, repository: run.repository });
  const github = await startGitHubFor(run, githubToken, artifactsFolder);
  const all = [...running, pulumi, results, oidc, github];
  return {
    github,
    artifactsFolder,
    environment: { PULUMI_BACKEND_URL: pulumi.url },
    openJob: (job) => ({
      token: githubToken,
      stepEnv: {
        GITHUB_API_URL: github.url,
        GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
        GITHUB_SERVER_URL: 'https://github.com',
      },
      actionEnv: resultsEnvironment(results.url, { runId: run.runId, attempt: 1, jobId: job.backendId }),
      idTokenEnv: oidcEnvironment(oidc.url, requestToken),
    }),
    close: async () => {
      await Promise.allSettled(all.map((standin) => standin.close()));
    },
  };
}
