// A stand-in of each service, for the file that imports this: each test begins with all of them well.
import { generateKeyPairSync } from 'node:crypto';

import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startAnthropic } from '@sophia/standins/anthropic';
import { startGong } from '@sophia/standins/gong';
import { startOpenAi } from '@sophia/standins/openai';
import { startPinecone } from '@sophia/standins/pinecone';
import { startPulumi } from '@sophia/standins/pulumi';
import { startSnowflake } from '@sophia/standins/snowflake';
import { startVercel } from '@sophia/standins/vercel';

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
/** The key pair that Snowflake's stand-in knows. */
export const keys = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

async function startAll() {
  return {
    openai: await startOpenAi({ apiKey: 'sk-fake', models: ['gpt-5'] }),
    anthropic: await startAnthropic({ apiKey: 'sk-ant-fake', models: ['claude'] }),
    pinecone: await startPinecone({
      apiKey: 'pc-fake',
      indexes: [{ name: 'docs' }, { name: 'new', ready: false }],
    }),
    snowflake: await startSnowflake({
      user: 'svc',
      password: 'pw-fake',
      publicKey: keys.publicKey,
      token: 'pat-fake',
    }),
    gong: await startGong({ token: 'key:gong-fake' }),
    vercel: await startVercel({ token: 'vc-fake', expiresAtMs: Date.now() + 90 * DAY_MS }),
    pulumi: await startPulumi({ token: 'pul-fake' }),
  };
}

type Services = Awaited<ReturnType<typeof startAll>>;
/** A service by the kind of its check. */
export type Name = keyof Services;
export const NAMES: readonly Name[] = [
  'openai',
  'anthropic',
  'pinecone',
  'snowflake',
  'gong',
  'vercel',
  'pulumi',
];

/** All services, from before the first test to after the last. */
export let services: Services;
let seen: Record<Name, number>;
/** What an environment with a key for each of them holds. */
export let variables: Record<string, string>;

/** @returns what a service was asked in this test. */
export const requestsOf = (name: Name) =>
  services[name].requests
    .slice(seen[name])
    .map(({ method, path }) => `${method} ${path.replace(/[?&]requestId.*/, '')}`);

beforeAll(async () => {
  services = await startAll();
  variables = {
    OPENAI_API_KEY: 'sk-fake',
    OPENAI_BASE_URL: services.openai.url,
    ANTHROPIC_API_KEY: 'sk-ant-fake',
    ANTHROPIC_BASE_URL: services.anthropic.url,
    PINECONE_API_KEY: 'pc-fake',
    PINECONE_CONTROLLER_HOST: services.pinecone.url,
    SNOWFLAKE_ACCOUNT: 'acme',
    SNOWFLAKE_USER: 'svc',
    SNOWFLAKE_PASSWORD: 'pw-fake',
    SNOWFLAKE_HOST: services.snowflake.url,
    GONG_ACCESS_TOKEN: 'key:gong-fake',
    GONG_BASE_URL: services.gong.url,
    VERCEL_TOKEN: 'vc-fake',
    VERCEL_API_URL: services.vercel.url,
    PULUMI_ACCESS_TOKEN: 'pul-fake',
    PULUMI_BACKEND_URL: services.pulumi.url,
  };
});
afterAll(() => Promise.all(Object.values(services).map((service) => service.close())));
beforeEach(() => {
  for (const service of Object.values(services)) service.recover();
  seen = Object.fromEntries(NAMES.map((name) => [name, services[name].requests.length])) as Record<
    Name,
    number
  >;
});
