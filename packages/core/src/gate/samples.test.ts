import { describe, expect, test } from '@jest/globals';

import type { Category } from '../report/envelope.ts';
import { failed, passed, warned } from './outcome.ts';
import type { ProbeResult } from './outcome.ts';
import { judgeSamples } from './samples.ts';

const bad = (category: Category) => failed({ category, message: 'no', hint: 'do' });
const samples = (...results: readonly ProbeResult[]) =>
  results.map((result, index) => ({ result, durationMs: 100 * (index + 1) }));
const judge = (results: readonly ProbeResult[], minPassRate = 1, limitMs?: number) =>
  judgeSamples(samples(...results), {
    minPassRate,
    maxLatency: limitMs === undefined ? undefined : { limitMs },
  });

describe('samples', () => {
  test('one that passes is a success, with its latency', () => {
    expect(judge([passed('fine')])).toMatchObject({
      status: 'success',
      message: 'fine',
      details: { latencyMs: 100 },
    });
  });

  test.each([
    [0.7, 'failure'],
    [0.5, 'success'],
  ])('two of four pass: with min-pass-rate %d a %s', (rate, status) => {
    const verdict = judge([passed(''), bad('refused'), passed(''), bad('refused')], rate);
    expect(verdict).toMatchObject({
      status,
      details: { samples: 4, samplePassRate: 0.5, latencyMs: 200, slowestMs: 400 },
    });
  });

  test('one that is slower than max-latency counts as failed', () => {
    expect(judge([passed(''), passed(''), passed('')], 1, 250)).toMatchObject({
      status: 'failure',
      fault: {
        category: 'assertion',
        message: '33.3 % of 3 samples failed: slower than its limit: 300 ms of 250 ms',
      },
    });
    expect(judge([passed(''), passed(''), passed('')], 0.6, 250).status).toBe('success');
  });

  test('still rate-limited is a warning, but hides no failure', () => {
    expect(judge([bad('rate-limited')])).toMatchObject({
      status: 'warning',
      fault: { category: 'rate-limited' },
    });
    expect(judge([bad('rate-limited'), bad('refused')])).toMatchObject({
      status: 'failure',
      fault: { category: 'refused' },
    });
  });

  test('a warning of a probe stays one', () => {
    const warning = warned({ category: 'tls', message: 'ends soon', hint: 'renew' });
    expect(judge([passed(''), warning])).toMatchObject({ status: 'warning', fault: { hint: 'renew' } });
  });
});
