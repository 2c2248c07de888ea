// What a status does not say: codes in the body, dates, limits, and models that are asked for a word.
import { expect, test } from '@jest/globals';
import { startOpenAi } from '@sophia/standins/openai';
import { startVercel } from '@sophia/standins/vercel';

import { check } from './gate.fixture.ts';
import { DAY_MS, keys, requestsOf, services, variables } from './services.fixture.ts';

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
  expect(item.message).toMatch(new RegExp(`^the key is valid, and ${model} answers \\(\\d+ tokens used\\)$`));
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
