import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runText } from './test-run.ts';

const dispatch = `on:
  workflow_dispatch:
    inputs:
      environment: { type: choice, options: [production, staging], default: staging }
      dry_run: { type: boolean }
      count: { type: number, default: 2 }
      reason: { required: true }
run-name: "To \${{ inputs.environment }}"
jobs:
  j:
    runs-on: x
    environment: { name: "\${{ inputs.environment }}", url: "https://\${{ steps.s.outputs.host }}" }
    steps:
      - id: s
        run: |
          echo "\${{ inputs.environment }} \${{ inputs.dry_run == false }} \${{ inputs.count }} [\${{ github.event.inputs.reason }} \${{ github.event.inputs.dry_run }}]"
          echo "host=example.test" >> "$GITHUB_OUTPUT"
`;

describe('a dispatch', () => {
  test('converts its inputs and fills in defaults', async () => {
    const inputs = { reason: 'trying', count: '4' };
    const run = await runText(dispatch, {}, { event: 'workflow_dispatch', inputs });
    expect(run.log('j')).toContain('staging true 4 [trying false]');
    expect(run.result.runName).toBe('To staging');
    expect(run.result.jobs[0]?.environment).toEqual({ name: 'staging', url: 'https://example.test' });
  });

  test.each([
    [{}, "the input 'reason' must be given"],
    [{ reason: 'x', environment: 'moon' }, "the input 'environment' must be one of production, staging"],
    [{ reason: 'x', dry_run: 'yes' }, "the input 'dry_run' must be true or false"],
    [{ reason: 'x', count: 'many' }, "the input 'count' must be a number"],
    [{ reason: 'x', extra: '1' }, "the workflow has no input 'extra'"],
  ])('with %j is refused', async (inputs, message) => {
    await expect(runText(dispatch, {}, { event: 'workflow_dispatch', inputs })).rejects.toThrow(message);
  });
});

test('an event that the workflow does not have is refused, and no folder stays', async () => {
  // A folder of temporary files of its own: in the machine's, others come and go.
  const { TMPDIR } = process.env;
  const temporary = mkdtempSync(join(tmpdir(), 'sophia-none-'));
  process.env['TMPDIR'] = temporary;
  try {
    const run = runText(dispatch, {}, { event: 'push' });
    await expect(run).rejects.toThrow("does not run on the event 'push'");
    expect(readdirSync(temporary).filter((name) => name.startsWith('sophia-run-'))).toEqual([]);
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
});

test('the result is the contract’s workflow.json, and live events tell the same', async () => {
  const run = await runText(`on: push
jobs:
  j: { runs-on: x, steps: [{ name: one, run: 'true' }] }`);
  const written = JSON.parse(readFileSync(join(run.out, 'workflow.json'), 'utf8')) as unknown;
  expect(written).toEqual(run.result);
  expect(written).toMatchObject({
    event: 'push',
    result: 'success',
    jobs: [
      {
        id: 'j',
        result: 'success',
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        durationMs: expect.any(Number),
        steps: [{ name: 'one', result: 'success', durationMs: expect.any(Number) }],
      },
    ],
  });
  expect(run.events.filter(({ type }) => type !== 'line').map(({ type }) => type)).toEqual([
    'job-started',
    'step-started',
    'step-finished',
    'job-finished',
  ]);
});
