// A stand-in of each service, for the file that imports this: each test begins with all of them well.
import { generateKeyPairSync } from 'node:crypto';

import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startServices, variablesOf } from '@sophia/standins/all-services';
import type { Services } from '@sophia/standins/all-services';

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
/** The key pair that Snowflake's stand-in knows. */
export const keys = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const startAll = () =>
  startServices({
    openai: { models: ['gpt-5'] },
    anthropic: { models: ['claude'] },
    pinecone: { indexes: [{ name: 'docs' }, { name: 'new', ready: false }] },
    snowflake: { password: 'pw-fake', publicKey: keys.publicKey },
    vercel: { expiresAtMs: Date.now() + 90 * DAY_MS },
  });

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
  variables = { ...variablesOf(services), SNOWFLAKE_PASSWORD: 'pw-fake' };
});
afterAll(() => Promise.all(Object.values(services).map((service) => service.close())));
beforeEach(() => {
  for (const service of Object.values(services)) service.recover();
  seen = Object.fromEntries(NAMES.map((name) => [name, services[name].requests.length])) as Record<
    Name,
    number
  >;
});
