import { expect, test } from '@jest/globals';

import { judgeTransport } from './judge-transport.ts';

/** As the HTTP client throws them: with the whole request, and so with the token. */
const clientError = (code: string, message = 'failed') =>
  Object.assign(new Error(message), { code, config: { headers: { Authorization: 'token pul-fake' } } });

test.each([
  ['ENOTFOUND', 'unavailable', true],
  ['EAI_AGAIN', 'unavailable', true],
  ['ECONNREFUSED', 'unavailable', true],
  ['ECONNRESET', 'unavailable', true],
  ['ERR_BAD_RESPONSE', 'unavailable', true],
  ['EHOSTUNREACH', 'unavailable', true],
  ['HPE_INVALID_CONSTANT', 'protocol', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'protocol', false],
  ['CERT_HAS_EXPIRED', 'protocol', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'protocol', false],
  ['E_NOBODY_KNOWS', 'unavailable', true],
])('%s is %s, tried again: %p; nothing of the request is kept', (code, expected, transient) => {
  const failure = judgeTransport(clientError(code), 'api.example.com');
  expect([failure.error.code, failure.transient]).toEqual([expected, transient]);
  expect(failure.error.cause).toBeUndefined();
  expect(JSON.stringify([failure, failure.error.message, failure.error.stack])).not.toContain('pul-fake');
});

test('an answer without an end is not asked for again', () => {
  const error = clientError('ERR_BAD_RESPONSE', 'maxContentLength size of 67108864 exceeded');
  expect(judgeTransport(error, 'api.example.com')).toMatchObject({ transient: false });
});
