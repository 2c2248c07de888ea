import { describe, expect, test } from '@jest/globals';

import { exitFault } from './exit-fault.ts';

const exit = (tail: readonly string[], own: Partial<Parameters<typeof exitFault>[0]> = {}) =>
  exitFault({ code: 1, signal: null, wasReady: false, tail, ...own });

describe('why a server ended', () => {
  test.each([
    'Error: ASANA_ACCESS_TOKEN environment variable is required',
    'Please set the CODACY_ACCOUNT_TOKEN environment variable',
    'API key not provided',
    'Missing required environment variable: GITHUB_PERSONAL_ACCESS_TOKEN',
    'usage: server [options]',
  ])('it lacks its configuration, so it is not started again: %s', (line) => {
    expect(exit(['booting', line])).toMatchObject({ again: false, fault: { category: 'configuration' } });
  });

  test.each(['Error: connect ECONNREFUSED', 'Segmentation fault', 'TypeError: x is not a function', ''])(
    'anything else may be better next time: %s',
    (line) => {
      expect(exit([line])).toMatchObject({ again: true, fault: { category: 'server-error' } });
    },
  );

  test('a server that was ready is started again whatever it says', () => {
    expect(exit(['API key is missing'], { wasReady: true }).again).toBe(true);
  });

  test('the message holds the exit and the last words, short', () => {
    expect(exit(['first', 'x'.repeat(1000)]).fault.message.length).toBeLessThan(250);
    expect(exit(['listen EADDRINUSE']).fault.hint).toContain('port is taken');
    expect(exit([], { code: 0 }).fault.message).toBe('ended with exit code 0 before it was ready');
    expect(exit([], { code: null, signal: 'SIGKILL' }).fault.hint).toContain('want of memory');
  });
});

const messageOfExit = (tail: readonly string[]) =>
  exitFault({ code: 1, signal: null, wasReady: false, tail }).fault.message;

test('a crash is told by its error, not by the end of its stack', () => {
  const tail = [
    'node:internal/modules/run_main:123',
    'Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite',
    '    at main (file:///app/index.js:1:1) {',
    "  code: 'ERR_UNKNOWN_BUILTIN_MODULE'",
    '}',
  ];
  expect(messageOfExit(tail)).toBe(
    'ended with exit code 1 before it was ready: "Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite"',
  );
});

test('without an error, by the last line that says something', () => {
  expect(messageOfExit(['starting', 'going down', '', '---'])).toBe(
    'ended with exit code 1 before it was ready: "going down"',
  );
  expect(messageOfExit([])).toBe('ended with exit code 1 before it was ready');
});
