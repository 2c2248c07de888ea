import { expect, test } from '@jest/globals';

import { exitFault } from './exit-fault.ts';

const exit = (tail: readonly string[]) =>
  exitFault({ code: 1, signal: null, wasReady: false, tail }).fault.message;

test('a crash is told by its error, not by the end of its stack', () => {
  const tail = [
    'node:internal/modules/run_main:123',
    'Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite',
    '    at main (file:///app/index.js:1:1) {',
    "  code: 'ERR_UNKNOWN_BUILTIN_MODULE'",
    '}',
  ];
  expect(exit(tail)).toBe(
    'ended with exit code 1 before it was ready: "Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite"',
  );
});

test('without an error, by the last line that says something', () => {
  expect(exit(['starting', 'going down', '', '---'])).toBe(
    'ended with exit code 1 before it was ready: "going down"',
  );
  expect(exit([])).toBe('ended with exit code 1 before it was ready');
});
