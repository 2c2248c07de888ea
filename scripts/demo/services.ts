import { startLocalServices } from '@sophia/cli/local-services';
import type { LocalServices } from '@sophia/cli/local-services';
import { startAnthropic } from '@sophia/standins/anthropic';
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
export interface Services extends LocalServices {
  /** What every step of the run inherits, as from a self-hosted runner's own environment. */
  readonly environment: Readonly<Record<string, string>>;
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
    token: text('snowflake_token'),
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

/** Starts all stand-ins of the demonstration, around those that any local run has. */
export async function startServices(
  run: DemoRun,
  escFolder: string,
  outDirectory: string,
): Promise<Services> {
  const { repository, sha, runId, event, environment, pullRequest } = run;
  const { running, endpoints } = await startAskedServices(escFolder, environment);
  const pulumi = await startPulumi({
    token: 'pul-fake-token-of-the-demonstration',
    environments: escEnvironments(escFolder, endpoints),
    oidcOrganizations: [ORGANISATION],
  });
  const pull =
    pullRequest === undefined ? {} : { pull: { number: pullRequest, headRef: 'feature', headSha: sha } };
  const local = await startLocalServices({ ...{ repository, sha, runId, event, outDirectory }, ...pull });
  return {
    ...local,
    environment: { PULUMI_BACKEND_URL: pulumi.url },
    close: async () => {
      await Promise.allSettled([...[...running, pulumi].map((standin) => standin.close()), local.close()]);
    },
  };
}
