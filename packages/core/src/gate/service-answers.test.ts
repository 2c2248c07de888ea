import { describe, expect, test } from '@jest/globals';

import type { Category } from '../report/envelope.ts';
import { judgeAnswer } from './service-answers.ts';
import type { ServiceName } from './rule.ts';
import { SERVICE_RULES } from './service-rules.ts';

const openAi = (code: string | null) => ({ error: { message: '', type: '', code } });
const anthropic = (type: string, message = '', details?: unknown) => ({
  type: 'error',
  error: { type, message, details },
});
const pinecone = (code: string) => ({ error: { code, message: '' } });

/** What the services really say, and what it means. */
const CASES: readonly (readonly [ServiceName, number | undefined, unknown, string | undefined, Category])[] =
  [
    ['openai', 401, openAi('invalid_api_key'), undefined, 'unauthorized'],
    ['openai', 401, undefined, undefined, 'unauthorized'],
    ['openai', 403, openAi(null), undefined, 'forbidden'],
    ['openai', 403, openAi('unsupported_country_region_territory'), undefined, 'forbidden'],
    ['openai', 404, openAi('model_not_found'), undefined, 'not-found'],
    ['openai', 404, openAi(null), undefined, 'not-found'],
    ['openai', 429, openAi('insufficient_quota'), undefined, 'billing'],
    ['openai', 429, openAi('rate_limit_exceeded'), undefined, 'rate-limited'],
    ['openai', 500, openAi(null), undefined, 'server-error'],
    ['openai', 503, undefined, undefined, 'server-error'],
    ['openai', 302, undefined, undefined, 'protocol'],
    ['openai', 418, undefined, undefined, 'protocol'],
    ['anthropic', 401, anthropic('authentication_error'), undefined, 'unauthorized'],
    ['anthropic', 402, undefined, undefined, 'billing'],
    ['anthropic', 400, anthropic('billing_error'), undefined, 'billing'],
    [
      'anthropic',
      400,
      anthropic('invalid_request_error', 'Your credit balance is too low to access'),
      undefined,
      'billing',
    ],
    [
      'anthropic',
      400,
      anthropic('invalid_request_error', 'You have reached your specified API usage limits.'),
      undefined,
      'billing',
    ],
    ['anthropic', 400, anthropic('invalid_request_error', 'max_tokens is too large'), undefined, 'protocol'],
    ['anthropic', 403, anthropic('permission_error'), undefined, 'forbidden'],
    ['anthropic', 404, anthropic('not_found_error'), undefined, 'not-found'],
    ['anthropic', 429, anthropic('rate_limit_error'), undefined, 'rate-limited'],
    [
      'anthropic',
      429,
      anthropic('rate_limit_error', '', { error_code: 'enforced_spend_limit_reached' }),
      undefined,
      'billing',
    ],
    ['anthropic', 529, anthropic('overloaded_error'), undefined, 'server-error'],
    ['pinecone', 401, pinecone('UNAUTHENTICATED'), undefined, 'unauthorized'],
    ['pinecone', 402, pinecone('PAYMENT_REQUIRED'), undefined, 'billing'],
    ['pinecone', 403, pinecone('FORBIDDEN'), undefined, 'forbidden'],
    ['pinecone', 404, pinecone('NOT_FOUND'), undefined, 'not-found'],
    ['pinecone', 429, pinecone('RESOURCE_EXHAUSTED'), undefined, 'rate-limited'],
    ['pinecone', 503, undefined, undefined, 'server-error'],
    ['snowflake', undefined, undefined, '390100', 'unauthorized'],
    ['snowflake', undefined, undefined, '390102', 'unauthorized'],
    ['snowflake', undefined, undefined, '390144', 'unauthorized'],
    ['snowflake', undefined, undefined, '390189', 'forbidden'],
    ['snowflake', undefined, undefined, '390201', 'not-found'],
    ['snowflake', undefined, undefined, '390422', 'forbidden'],
    ['snowflake', undefined, undefined, '394400', 'unauthorized'],
    ['snowflake', undefined, undefined, '390999', 'unauthorized'],
    ['snowflake', undefined, undefined, '000606', 'configuration'],
    ['snowflake', undefined, undefined, '999999', 'protocol'],
    ['snowflake', 503, undefined, undefined, 'server-error'],
    ['snowflake', 403, undefined, undefined, 'forbidden'],
    ['gong', 401, undefined, undefined, 'unauthorized'],
    ['gong', 403, undefined, undefined, 'forbidden'],
    ['gong', 429, undefined, undefined, 'rate-limited'],
    ['vercel', 403, { error: { code: 'forbidden' } }, 'invalid-token', 'unauthorized'],
    ['vercel', 403, { error: { code: 'forbidden' } }, undefined, 'forbidden'],
    ['vercel', 401, undefined, undefined, 'unauthorized'],
    ['pulumi', 401, undefined, undefined, 'unauthorized'],
    ['postgres', undefined, undefined, '28P01', 'unauthorized'],
    ['postgres', undefined, undefined, '3D000', 'not-found'],
    ['postgres', undefined, undefined, '57P03', 'server-error'],
    ['redis', undefined, undefined, 'WRONGPASS', 'unauthorized'],
    ['redis', undefined, undefined, 'NOPERM', 'forbidden'],
    ['redis', undefined, undefined, 'LOADING', 'server-error'],
  ];

describe('answers of services', () => {
  test.each(CASES)('%s %s %j %s is %s', (...row) => {
    const [service, status, body, code, category] = row;
    const fault = judgeAnswer(service, {
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
      body,
    });
    expect(fault.category).toBe(category);
    expect(fault.hint).not.toBe('');
  });

  test('the message names status and code, and never repeats what the service said', () => {
    const body = { error: { message: 'Incorrect API key provided: sk-fake-1234', code: 'invalid_api_key' } };
    expect(judgeAnswer('openai', { status: 401, body }).message).toBe(
      'the API key was refused (401 invalid_api_key)',
    );
  });

  test.each([
    'null',
    '[]',
    '"text"',
    '{"error":null}',
    '{"error":{"code":{}}}',
    '{"__proto__":{"error":{}}}',
  ])('a body of another shape breaks nothing: %s', (text) => {
    expect(judgeAnswer('openai', { status: 500, body: JSON.parse(text) as unknown }).category).toBe(
      'server-error',
    );
  });

  test('every row of the tables has a category, a message and a hint', () => {
    for (const rule of Object.values(SERVICE_RULES).flat()) {
      expect(rule.message.length * rule.hint.length).toBeGreaterThan(0);
    }
  });
});
