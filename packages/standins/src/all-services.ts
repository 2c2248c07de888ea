import { startAnthropic } from './anthropic.ts';
import { startGong } from './gong.ts';
import { startOpenAi } from './openai.ts';
import { startPinecone } from './pinecone.ts';
import { startPulumi } from './pulumi.ts';
import { startSnowflake } from './snowflake.ts';
import { startVercel } from './vercel.ts';

/** What a service is started with beside its key. */
interface Own {
  readonly openai?: Partial<Parameters<typeof startOpenAi>[0]>;
  readonly anthropic?: Partial<Parameters<typeof startAnthropic>[0]>;
  readonly pinecone?: Partial<Parameters<typeof startPinecone>[0]>;
  readonly snowflake?: Partial<Parameters<typeof startSnowflake>[0]>;
  readonly vercel?: Partial<Parameters<typeof startVercel>[0]>;
}

/** Starts a stand-in of each service that a gate asks. */
export async function startServices(own: Own = {}) {
  return {
    openai: await startOpenAi({ apiKey: 'sk-fake', ...own.openai }),
    anthropic: await startAnthropic({ apiKey: 'sk-ant-fake', ...own.anthropic }),
    pinecone: await startPinecone({ apiKey: 'pc-fake', ...own.pinecone }),
    snowflake: await startSnowflake({ user: 'svc', token: 'pat-fake', ...own.snowflake }),
    gong: await startGong({ token: 'key:gong-fake' }),
    vercel: await startVercel({ token: 'vc-fake', ...own.vercel }),
    pulumi: await startPulumi({ token: 'pul-fake' }),
  };
}

/** A stand-in by the kind of the check that asks it. */
export type Services = Awaited<ReturnType<typeof startServices>>;

/** @returns what checks read from the environment, but for Snowflake's credentials, of which there are several kinds. */
export const variablesOf = (services: Services): Record<string, string> => ({
  OPENAI_API_KEY: 'sk-fake',
  OPENAI_BASE_URL: services.openai.url,
  ANTHROPIC_API_KEY: 'sk-ant-fake',
  ANTHROPIC_BASE_URL: services.anthropic.url,
  PINECONE_API_KEY: 'pc-fake',
  PINECONE_CONTROLLER_HOST: services.pinecone.url,
  SNOWFLAKE_ACCOUNT: 'acme',
  SNOWFLAKE_USER: 'svc',
  SNOWFLAKE_HOST: services.snowflake.url,
  GONG_ACCESS_TOKEN: 'key:gong-fake',
  GONG_BASE_URL: services.gong.url,
  VERCEL_TOKEN: 'vc-fake',
  VERCEL_API_URL: services.vercel.url,
  PULUMI_ACCESS_TOKEN: 'pul-fake',
  PULUMI_BACKEND_URL: services.pulumi.url,
});
