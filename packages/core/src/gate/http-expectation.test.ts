import { describe, expect, test } from '@jest/globals';

import { judgeHttpAnswer } from './http-expectation.ts';
import type { HttpExpectation } from './http-expectation.ts';

const judge = (expected: HttpExpectation, status: number, body = '') =>
  judgeHttpAnswer(expected, { status, body, truncated: false });

describe('the answer of an http check', () => {
  test.each([
    [{}, 200, undefined],
    [{}, 204, undefined],
    [{}, 302, 'assertion'],
    [{}, 401, 'unauthorized'],
    [{}, 403, 'forbidden'],
    [{}, 404, 'not-found'],
    [{}, 429, 'rate-limited'],
    [{}, 503, 'server-error'],
    [{ status: 404 }, 404, undefined],
    [{ status: 404 }, 200, 'assertion'],
    [{ status: [200, 503] }, 503, undefined],
  ])('%j of HTTP %i is %s', (expected, status, category) => {
    expect(judge(expected, status)?.category).toBe(category);
  });

  test('body is a substring', () => {
    expect(judge({ body: 'ready' }, 200, 'all is ready now')).toBeUndefined();
    expect(judge({ body: 'ready' }, 200, 'starting')?.message).toBe(
      'the body does not contain "ready"; it begins with "starting"',
    );
  });

  test.each([
    [{ status: 'ok' }, '{"status":"ok","more":1}', undefined],
    [{ a: { b: [1, { c: null }] } }, '{"a":{"b":[1,{"c":null,"d":2}],"e":3}}', undefined],
    [{ status: 'ok' }, '{"status":"degraded"}', '$.status: expected "ok", got "degraded"'],
    [{ n: 1 }, '{"n":"1"}', '$.n: expected 1, got "1"'],
    [{ a: { b: 1 } }, '{"a":[1]}', '$.a: expected a map, got a list'],
    [{ a: [1] }, '{"a":{"0":1}}', '$.a: expected a list, got a map'],
    [{ a: 1 }, '{}', '$.a: expected 1, got nothing'],
    [{ toString: 1 }, '{}', '$.toString: expected 1, got nothing'],
    [{ a: 1 }, '<html>', 'the body is no JSON; it begins with "<html>"'],
  ])('json %j is a subset of %s: %s', (json, body, message) => {
    expect(judge({ json }, 200, body)?.message).toBe(message);
  });

  test('a body that is too large is no JSON', () => {
    expect(judgeHttpAnswer({ json: {} }, { status: 200, body: '{}', truncated: true })?.category).toBe(
      'protocol',
    );
  });
});
