import { generateKeyPairSync } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAnthropic } from '@sophia/standins/anthropic';
import { startGong } from '@sophia/standins/gong';
import { startOpenAi } from '@sophia/standins/openai';
import { startPinecone } from '@sophia/standins/pinecone';
import { startPulumi } from '@sophia/standins/pulumi';
import { startSnowflake } from '@sophia/standins/snowflake';
import { startStatuspage } from '@sophia/standins/statuspage';
import { startVercel } from '@sophia/standins/vercel';

import { check, gate } from './gate.fixture.ts';

const DAY_MS = 86_400_000;
const keys = generateKeyPairSync('rsa', {
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
type Name = keyof Services;
const NAMES: readonly Name[] = ['openai', 'anthropic', 'pinecone', 'snowflake', 'gong', 'vercel', 'pulumi'];

let services: Services;
let seen: Record<Name, number>;
let variables: Record<string, string>;

const requestsOf = (name: Name) =>
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

describe('a service that is well', () => {
  test.each<[Name, string, readonly string[], RegExp]>([
    ['openai', '', ['GET /v1/models'], /models can be listed/],
    ['openai', ', model: gpt-5', ['GET /v1/models/gpt-5'], /gpt-5 exists/],
    ['anthropic', '', ['GET /v1/models?limit=1'], /models can be listed/],
    ['anthropic', ', model: claude', ['GET /v1/models/claude'], /claude exists/],
    ['pinecone', '', ['GET /indexes'], /2 indexes/],
    ['pinecone', ', index: docs', ['GET /indexes/docs'], /docs is ready/],
    [
      'snowflake',
      ', token: pat-fake',
      ['POST /session/v1/login-request', 'POST /queries/v1/query-request', 'POST /session?delete=true'],
      /signed in with a token, version 9\.35\.2/,
    ],
    ['gong', '', ['GET /v2/users'], /2 users/],
    ['vercel', '', ['GET /v5/user/tokens/current', 'GET /v2/user'], /sophia-bot is valid until .*, 89 days/],
    ['pulumi', '', ['GET /api/user'], /sophia-bot/],
  ])('%s%s passes with its cheapest requests', async (...row) => {
    const [name, keysOfCheck, requests, message] = row;
    const item = await check(`kind: ${name}${keysOfCheck}`, variables);
    expect(item).toMatchObject({ status: 'success', attempts: 1, category: null, hint: '' });
    expect(item.message).toMatch(message);
    expect(requestsOf(name)).toEqual(requests);
  });

  test('OPENAI_BASE_URL may end in /v1', async () => {
    await check('kind: openai', { ...variables, OPENAI_BASE_URL: `${services.openai.url}/v1` });
    expect(requestsOf('openai')).toEqual(['GET /v1/models']);
  });
});

const COMMON: readonly (readonly [
  number | 'reset' | 'truncated' | 'malformed' | 'html',
  string,
  string,
  number,
])[] = [
  [401, 'unauthorized', 'failure', 1],
  [403, 'forbidden', 'failure', 1],
  [404, 'not-found', 'failure', 1],
  [429, 'rate-limited', 'warning', 2],
  [500, 'server-error', 'failure', 2],
  [503, 'server-error', 'failure', 2],
  ['reset', 'refused', 'failure', 2],
  ['truncated', 'refused', 'failure', 2],
  ['malformed', 'protocol', 'failure', 1],
  ['html', 'protocol', 'failure', 1],
];

describe.each(NAMES)('%s', (name) => {
  test.each(COMMON)('%s is %s, a %s after %i attempt(s)', async (...row) => {
    const [mode, category, status, attempts] = row;
    services[name].fail(mode, { retryAfterSeconds: 0 });
    const item = await check(`kind: ${name}, retries: 1`, variables);
    expect([item.category, item.status, item.attempts]).toEqual([category, status, attempts]);
    expect(item.hint).not.toBe('');
    expect(requestsOf(name)).toHaveLength(attempts);
  });

  test('no answer is a timeout after every attempt', async () => {
    services[name].fail('silence');
    const item = await check(`kind: ${name}, retries: 1, timeout: 200ms`, variables);
    expect([item.category, item.attempts]).toEqual(['timeout', 2]);
    expect(item.durationMs).toBeLessThan(1_500);
  });

  test('recovers within its retries', async () => {
    services[name].fail(503, { times: 1, retryAfterSeconds: 0 });
    expect(await check(`kind: ${name}`, { ...variables, SNOWFLAKE_TOKEN: 'pat-fake' })).toMatchObject({
      status: 'success',
      attempts: 2,
    });
  });

  test('without its key nobody is asked', async () => {
    const { SNOWFLAKE_PASSWORD: _, ...rest } = variables;
    const without = Object.fromEntries(Object.entries(rest).filter(([key]) => !/KEY|TOKEN/.test(key)));
    const item = await check(`kind: ${name}`, without);
    expect(item).toMatchObject({ status: 'failure', category: 'configuration', attempts: 1 });
    expect(item.message).toMatch(/^[A-Z_]+ is not set$/);
    expect(requestsOf(name)).toEqual([]);
  });
});

describe('what a status does not say', () => {
  test.each([
    ['insufficient_quota', 'billing', 'the credit is used up (429 insufficient_quota)'],
    [
      'unsupported_country_region_territory',
      'forbidden',
      "OpenAI does not serve the runner's country (403 unsupported_country_region_territory)",
    ],
  ] as const)('OpenAI: %s is %s, in one attempt', async (mode, category, message) => {
    services.openai.fail(mode);
    expect(await check('kind: openai', variables)).toMatchObject({
      category,
      message,
      attempts: 1,
      status: 'failure',
    });
  });

  test.each(['credit_balance_too_low', 'usage_limits', 'enforced_spend_limit_reached', 402] as const)(
    'Anthropic: %s is billing, in one attempt',
    async (mode) => {
      services.anthropic.fail(mode);
      expect(await check('kind: anthropic', variables)).toMatchObject({ category: 'billing', attempts: 1 });
    },
  );

  test('Anthropic: 529 is overloaded', async () => {
    services.anthropic.fail(529);
    expect(await check('kind: anthropic, retries: 0', variables)).toMatchObject({
      category: 'server-error',
      message: 'Anthropic is overloaded (529 overloaded_error)',
    });
  });

  test.each([
    ['incorrect_username_password', 'unauthorized', 'password refused (390100)'],
    ['user_locked', 'unauthorized', 'the user is locked after too many refused logins (390102)'],
    ['jwt_invalid', 'unauthorized', 'key pair refused (390144)'],
    ['network_policy', 'forbidden', "the account's network policy does not let the runner in (390422)"],
    ['token_invalid', 'unauthorized', 'access token refused (394400)'],
  ] as const)('Snowflake: %s is %s, after one login', async (mode, category, message) => {
    services.snowflake.fail(mode, { path: '/session/v1/login-request' });
    expect(await check('kind: snowflake', variables)).toMatchObject({ category, message, attempts: 1 });
    expect(requestsOf('snowflake')).toEqual(['POST /session/v1/login-request']);
  });

  test('Snowflake: signs in by key pair, also with its line breaks as \\n, and by token', async () => {
    const { SNOWFLAKE_PASSWORD: _, ...rest } = variables;
    const oneLine = keys.privateKey.replaceAll('\n', '\\n');
    const byKey = await check('kind: snowflake', { ...rest, SNOWFLAKE_PRIVATE_KEY: oneLine });
    const byToken = await check('kind: snowflake', { ...rest, SNOWFLAKE_TOKEN: 'pat-fake' });
    expect([byKey.message, byToken.message]).toEqual([
      'signed in with a key pair, version 9.35.2',
      'signed in with a token, version 9.35.2',
    ]);
  });

  test('Snowflake: a password alone signs in, and is a warning that says since when it ends', async () => {
    const item = await check('kind: snowflake', variables);
    expect(item).toMatchObject({ status: 'warning', category: 'unauthorized', attempts: 1 });
    expect(item.message).toMatch(/^signed in, version 9\.35\.2, but with a password alone: .* October 2026/);
    expect(item.hint).toMatch(/SNOWFLAKE_PRIVATE_KEY.*SNOWFLAKE_TOKEN/);
  });

  test.each([
    ['openai', 'gpt-5', 'POST /v1/responses', { max_output_tokens: 16, store: false }],
    ['anthropic', 'claude', 'POST /v1/messages', { max_tokens: 1 }],
  ] as const)('%s: deep has %s say a word, in one request', async (kind, model, request, body) => {
    const item = await check(`kind: ${kind}, model: ${model}, deep: true`, variables);
    expect(item).toMatchObject({ status: 'success', details: { tokens: expect.any(Number) } });
    expect(item.message).toMatch(
      new RegExp(`^the key is valid, and ${model} answers \\(\\d+ tokens used\\)$`),
    );
    expect(requestsOf(kind)).toEqual([request]);
    expect(JSON.parse(services[kind].requests.at(-1)?.body ?? '')).toMatchObject({ model, ...body });
  });

  test('deep sees the credit that is used up, where a list of models still passes', async () => {
    services.openai.fail('insufficient_quota', { path: '/v1/responses' });
    services.anthropic.fail('credit_balance_too_low', { path: '/v1/messages' });
    const keys = { openai: 'gpt-5', anthropic: 'claude' };
    for (const [kind, model] of Object.entries(keys)) {
      expect(await check(`kind: ${kind}, model: ${model}`, variables)).toMatchObject({ status: 'success' });
      expect(await check(`kind: ${kind}, model: ${model}, deep: true`, variables)).toMatchObject({
        status: 'failure',
        category: 'billing',
        attempts: 1,
      });
    }
  });

  test.each(['openai', 'anthropic'] as const)('%s: deep without a model asks nobody', async (kind) => {
    expect(await check(`kind: ${kind}, deep: true`, variables)).toMatchObject({
      category: 'configuration',
      message: 'deep: true needs a model to ask',
    });
    expect(requestsOf(kind)).toEqual([]);
  });

  test.each([
    ['openai', 'gpt-9', 'not-found'],
    ['anthropic', 'gpt-9', 'not-found'],
  ])('%s: deep with the model %s is %s', async (kind, model, category) => {
    expect(await check(`kind: ${kind}, model: ${model}, deep: true`, variables)).toMatchObject({ category });
  });

  test('Vercel: a wrong token is 403 there, and unauthorized here', async () => {
    expect(await check('kind: vercel', { ...variables, VERCEL_TOKEN: 'no' })).toMatchObject({
      category: 'unauthorized',
    });
  });

  test('Vercel: a token near its end is a warning with the date', async () => {
    const soon = await startVercel({ token: 'vc-fake', expiresAtMs: Date.now() + 3.5 * DAY_MS });
    const item = await check('kind: vercel', { ...variables, VERCEL_API_URL: soon.url });
    await soon.close();
    expect(item).toMatchObject({ status: 'warning', details: { days: 3 } });
    expect(item.message).toMatch(/valid until \d{4}-\d{2}-\d{2}, 3 days/);
  });

  test('OpenAI: few requests left are a warning', async () => {
    const busy = await startOpenAi({ apiKey: 'sk-fake', remainingRequests: 100 });
    const item = await check('kind: openai', { ...variables, OPENAI_BASE_URL: busy.url });
    await busy.close();
    expect(item).toMatchObject({
      status: 'warning',
      category: 'rate-limited',
      details: { remaining: 100, limit: 10_000 },
    });
  });

  test.each([
    ['openai', 'model: gpt-9', 'not-found'],
    ['anthropic', 'model: gpt-9', 'not-found'],
    ['pinecone', 'index: nope', 'not-found'],
    ['pinecone', 'index: new', 'assertion'],
  ])('%s: %s is %s', async (kind, key, category) => {
    expect(await check(`kind: ${kind}, ${key}`, variables)).toMatchObject({
      category,
      attempts: 1,
      status: 'failure',
    });
  });

  test.each(['sk-fake\n', 'sk-fake\r\nx-evil: 1', 'sk-☃'])('a key %j never reaches a header', async (key) => {
    const item = await check('kind: openai', { ...variables, OPENAI_API_KEY: key });
    expect(item).toMatchObject({ category: 'configuration', details: { missing: ['OPENAI_API_KEY'] } });
    expect(requestsOf('openai')).toEqual([]);
  });
});

describe("the provider's status page", () => {
  const yaml = 'checks: { openai: { kind: openai, retries: 0 } }';

  test.each([
    [
      503,
      { indicator: 'major' as const, incidents: ['Elevated errors'] },
      'theirs',
      /; the provider reports: Elevated errors$/,
    ],
    [
      503,
      { indicator: 'minor' as const, incidents: 'absent' as const },
      'theirs',
      /reports: Partially Degraded Service$/,
    ],
    [503, {}, 'unknown', /fails \(503 server_error\)$/],
    ['reset' as const, {}, 'ours', /was cut/],
  ])('%s, and the page says %j: %s', async (...row) => {
    const [mode, page, fault, message] = row;
    const status = await startStatuspage(page);
    services.openai.fail(mode, { retryAfterSeconds: 0 });
    const { items, verdict } = await gate(yaml, variables, { statusPages: { openai: status.url } });
    await status.close();
    expect(items[0]).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(message),
      details: { provider: { page: status.url, fault } },
    });
    expect(verdict.status).toBe('failure');
  });

  test('is not asked about a refused key, about a service that is well, or about a stand-in of the provider', async () => {
    const status = await startStatuspage({ indicator: 'major' });
    const pages = { statusPages: { openai: status.url } };
    await gate(yaml, variables, pages);
    services.openai.fail(401);
    expect((await gate(yaml, variables, pages)).items[0]?.details).not.toHaveProperty('provider');
    services.openai.recover();
    services.openai.fail(503, { retryAfterSeconds: 0 });
    expect((await gate(yaml, variables)).items[0]?.details).not.toHaveProperty('provider');
    await status.close();
    expect(status.requests).toEqual([]);
  });

  test('that is silent or broken changes nothing', async () => {
    const status = await startStatuspage();
    status.fail('html');
    services.openai.fail(503, { retryAfterSeconds: 0 });
    const { items } = await gate(yaml, variables, { statusPages: { openai: status.url } });
    await status.close();
    expect(items[0]).toMatchObject({ category: 'server-error' });
    expect(items[0]?.details).not.toHaveProperty('provider');
  });
});

test('a gate over all services takes no longer than its slowest, and names causes in one line each', async () => {
  services.openai.fail(401);
  services.snowflake.fail('incorrect_username_password');
  const yaml = `checks:\n${NAMES.map((name) => `  ${name}: { kind: ${name} }`).join('\n')}\n`;
  const { items, verdict } = await gate(yaml, variables);
  expect(items.map(({ name }) => name)).toEqual(NAMES);
  expect(verdict).toMatchObject({
    status: 'failure',
    passRate: 5 / 7,
    rootCauses: [
      'openai: the API key was refused (401 invalid_api_key)',
      'snowflake: password refused (390100)',
    ],
  });
});
