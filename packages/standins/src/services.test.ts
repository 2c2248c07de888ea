import { afterEach, describe, expect, test } from '@jest/globals';
import Anthropic from '@anthropic-ai/sdk';
import { Pinecone } from '@pinecone-database/pinecone';
import OpenAI from 'openai';
import { startAnthropic } from './anthropic.ts';
import { startGong } from './gong.ts';
import { startOpenAi } from './openai.ts';
import { startPinecone } from './pinecone.ts';
import { startStatuspage } from './statuspage.ts';
import { startVercel } from './vercel.ts';

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** Starts a stand-in that the test's end closes. */
async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const standin = await starting;
  close = standin.close;
  return standin;
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('OpenAI, by its SDK', () => {
  const client = (url: string, apiKey = 'sk-fake') =>
    new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0, timeout: 2_000 });

  test('lists models with rate-limit headers, finds one and not the other', async () => {
    const { url } = await started(startOpenAi({ apiKey: 'sk-fake', models: ['gpt-5'] }));
    const { data, response } = await client(url).models.list().withResponse();
    expect(data.data.map(({ id }) => id)).toEqual(['gpt-5']);
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9999');
    expect(await client(url).models.retrieve('gpt-5')).toMatchObject({ id: 'gpt-5', object: 'model' });
    expect(await thrown(client(url).models.retrieve('gpt-9'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  test('echoes a part of a wrong key, as the real one does', async () => {
    const { url } = await started(startOpenAi({ apiKey: 'sk-fake' }));
    const error = await thrown(client(url, 'sk-wrong-0123456789').models.list());
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(String(error)).toContain('sk-wrong');
  });

  test.each([
    [429, 429, 'rate_limit_exceeded'],
    ['insufficient_quota', 429, 'insufficient_quota'],
    ['unsupported_country_region_territory', 403, 'unsupported_country_region_territory'],
    [403, 403, null],
    [500, 500, null],
    [503, 503, null],
  ] as const)('%s', async (mode, status, code) => {
    const { url, fail } = await started(startOpenAi({ apiKey: 'sk-fake' }));
    fail(mode);
    expect(await thrown(client(url).models.list())).toMatchObject({ status, code });
  });
});

describe('Anthropic, by its SDK', () => {
  const client = (url: string, apiKey = 'sk-ant-fake') =>
    new Anthropic({ apiKey, authToken: null, baseURL: url, maxRetries: 0, timeout: 2_000 });

  test('lists models page by page', async () => {
    const { url, requests } = await started(
      startAnthropic({ apiKey: 'sk-ant-fake', models: ['a', 'b', 'c'] }),
    );
    const first = await client(url).models.list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual(['a', 'b']);
    expect((await first.getNextPage()).data.map(({ id }) => id)).toEqual(['c']);
    expect(requests[1]?.path).toBe('/v1/models?limit=2&after_id=b');
    expect(await thrown(client(url).models.retrieve('z'))).toMatchObject({
      status: 404,
      error: { error: { type: 'not_found_error', message: 'model: z' } },
    });
  });

  test('x-api-key is accepted too', async () => {
    const { url } = await started(startAnthropic({ apiKey: 'sk-ant-fake' }));
    const of = async (headers: Record<string, string>) =>
      (await fetch(`${url}/v1/models`, { headers })).status;
    expect([await of({ 'x-api-key': 'sk-ant-fake' }), await of({ 'x-api-key': 'no' }), await of({})]).toEqual(
      [200, 401, 401],
    );
  });

  test.each([
    [401, 401, 'authentication_error'],
    [402, 402, 'billing_error'],
    [429, 429, 'rate_limit_error'],
    [529, 529, 'overloaded_error'],
    ['credit_balance_too_low', 400, 'invalid_request_error'],
    ['usage_limits', 400, 'invalid_request_error'],
    ['enforced_spend_limit_reached', 429, 'rate_limit_error'],
  ] as const)('%s', async (mode, status, type) => {
    const { url, fail } = await started(startAnthropic({ apiKey: 'sk-ant-fake' }));
    fail(mode);
    expect(await thrown(client(url).models.list())).toMatchObject({ status, error: { error: { type } } });
  });

  test('the tier’s spend limit has no retry-after and names itself', async () => {
    const { url, fail } = await started(startAnthropic({ apiKey: 'sk-ant-fake' }));
    fail('enforced_spend_limit_reached');
    const response = await fetch(`${url}/v1/models`);
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toMatchObject({
      error: { details: { error_code: 'enforced_spend_limit_reached' } },
    });
  });
});

describe('Pinecone, by its SDK', () => {
  const client = (url: string, apiKey = 'pc-fake') =>
    new Pinecone({ apiKey, controllerHostUrl: url, maxRetries: 0 });
  const start = () =>
    started(startPinecone({ apiKey: 'pc-fake', indexes: [{ name: 'docs' }, { name: 'new', ready: false }] }));

  test('lists and describes indexes', async () => {
    const { url } = await start();
    const { indexes } = await client(url).indexes.list();
    expect(indexes?.map(({ name, status }) => [name, status.ready, status.state])).toEqual([
      ['docs', true, 'Ready'],
      ['new', false, 'Initializing'],
    ]);
    expect(await client(url).indexes.describe('docs')).toMatchObject({
      name: 'docs',
      status: { ready: true },
    });
    expect(await thrown(client(url).indexes.describe('nope'))).toMatchObject({
      name: 'PineconeNotFoundError',
    });
  });

  test.each([
    [402, 'PineconePaymentRequiredError'],
    [403, 'PineconeBadRequestError'],
    [429, 'PineconeUnmappedHttpError'],
  ] as const)('%i', async (status, name) => {
    const { url, fail } = await start();
    fail(status);
    expect(await thrown(client(url).indexes.list())).toMatchObject({ name });
  });

  test('a wrong key', async () => {
    const { url } = await start();
    expect(await thrown(client(url, 'wrong').indexes.list())).toMatchObject({
      name: 'PineconeAuthorizationError',
    });
  });
});

describe('services without an SDK', () => {
  const get = async (url: string, authorization?: string) => {
    const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
    return [response.status, await response.json()];
  };

  test('Gong lists users by pages, for Bearer and Basic', async () => {
    const { url } = await started(startGong({ token: 'key:secret-fake', users: 101 }));
    const basic = `Basic ${Buffer.from('key:secret-fake').toString('base64')}`;
    expect(await get(`${url}/v2/users`, basic)).toMatchObject([
      200,
      { records: { totalRecords: 101, currentPageSize: 100, cursor: '100' } },
    ]);
    const [, last] = await get(`${url}/v2/users?cursor=100`, 'Bearer key:secret-fake');
    expect(last).toMatchObject({ records: { currentPageSize: 1, currentPageNumber: 1 } });
    expect(last).not.toHaveProperty('records.cursor');
    expect(await get(`${url}/v2/users`, 'Bearer wrong')).toMatchObject([
      401,
      { errors: [expect.any(String)] },
    ]);
  });

  test('Vercel gives the token’s end and user; a wrong, ended or missing token is 403', async () => {
    const expiresAtMs = Date.now() + 60_000;
    const { url } = await started(startVercel({ token: 'vc-fake', expiresAtMs }));
    expect(await get(`${url}/v5/user/tokens/current`, 'Bearer vc-fake')).toMatchObject([
      200,
      { token: { expiresAt: expiresAtMs, scopes: [{ expiresAt: expiresAtMs }] } },
    ]);
    expect(await get(`${url}/v2/user`, 'Bearer vc-fake')).toMatchObject([
      200,
      { user: { username: 'sophia-bot' } },
    ]);
    expect(await get(`${url}/v2/user`, 'Bearer no')).toEqual([
      403,
      { error: { code: 'forbidden', message: 'Not authorized', invalidToken: true } },
    ]);
    expect(await get(`${url}/v2/user`)).toMatchObject([403, { error: { missingToken: true } }]);
  });

  test('a Vercel token that has ended is refused', async () => {
    const { url } = await started(startVercel({ token: 'vc-fake', expiresAtMs: 1 }));
    expect(await get(`${url}/v2/user`, 'Bearer vc-fake')).toMatchObject([
      403,
      { error: { invalidToken: true } },
    ]);
  });

  test('a status page with and without incidents', async () => {
    const { url } = await started(startStatuspage({ indicator: 'major', incidents: ['API errors'] }));
    expect(await get(`${url}/api/v2/summary.json`)).toMatchObject([
      200,
      {
        status: { indicator: 'major', description: 'Partial System Outage' },
        incidents: [{ name: 'API errors' }],
      },
    ]);
    await close?.();
    const bare = await started(startStatuspage({ incidents: 'absent' }));
    const [, summary] = await get(`${bare.url}/api/v2/summary.json`);
    expect(summary).not.toHaveProperty('incidents');
  });
});
