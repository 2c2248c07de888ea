import { describe, expect, test } from '@jest/globals';
import { startStatuspage } from '@sophia/standins/statuspage';

import { check, gate } from './gate.fixture.ts';
import { NAMES, requestsOf, services, variables } from './services.fixture.ts';
import type { Name } from './services.fixture.ts';

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
    expect(item.durationMs).toBeLessThan(6_000);
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
