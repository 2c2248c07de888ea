import { describe, expect, test } from '@jest/globals';

import { runDemonstration } from './demonstration.ts';

describe('npm start, given something that it does not know, says what it knows', () => {
  test.each([
    [
      ['--event', 'pull-request'],
      /--event: expected push, pull_request, workflow_dispatch; got "pull-request"; did you mean "pull_request"\?/,
    ],
    [['--input', 'environment=staging'], /--input: the event push has no inputs/],
    [
      ['--event', 'workflow_dispatch', '--input', 'environment=prod'],
      /--input environment: expected production, .*; got "prod"; did you mean "production"\?/,
    ],
    [['--fail', 'backnd'], /--fail: expected prerequisites, .*; got "backnd"; did you mean "backend"\?/],
    [['--input', 'environment'], /--input: expected NAME=VALUE; got "environment"/],
    [['--keeep'], /Unknown option '--keeep'/],
  ])('%j', async (args, expected) => {
    const { exitCode, output } = await runDemonstration(args);
    expect(exitCode).toBe(1);
    expect(output).toMatch(expected);
    expect(output).toContain('hint: ');
    expect(output).not.toMatch(/\n\s+at .*:\d+:\d+/);
  });
});
