// Each key of the README's table in a workflow of its own: what is supported does something, what is not is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REFUSED, SUPPORTED } from './supported-keys.fixture.ts';
import { runText } from './test-run.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

/** The keys of a table's first column; those after the first of a row have its prefix. */
function keysOf(heading: string): readonly string[] {
  const table = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => {
    const names = [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    const prefix = /^(jobs\.<id>|steps\[\*\])\./.exec(names[0] ?? '')?.[0] ?? '';
    return names.map((name) => (name.startsWith(prefix) ? name : prefix + name));
  });
}

describe('the table of workflow keys', () => {
  test('has each key that is tested here, and no other', () => {
    expect(keysOf('Workflow keys').toSorted()).toEqual(
      [...Object.keys(SUPPORTED), ...Object.keys(REFUSED)].toSorted(),
    );
  });

  test.each(Object.entries(SUPPORTED))('%s', async (_, { workflow, files, options, holds }) => {
    holds(await runText(workflow, files, options));
  });

  test.each(Object.entries(REFUSED))('%s is refused at its place', async (key, workflow) => {
    const word = key.replace(/^.*[.]/, '').replace(/^\$\{\{ | \}\}$/g, '');
    await expect(runText(workflow)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(new RegExp(`w\\.yml:\\d+:\\d+: .*${word}`)),
    });
  });
});

test('each context has what GitHub puts there', async () => {
  const run = await runText(
    `on: push
env: { E: of-env }
jobs:
  a: { runs-on: x, outputs: { o: of-needs }, steps: [{ run: 'true' }] }
  j:
    needs: a
    strategy: { matrix: { m: [of-matrix] } }
    runs-on: x
    steps:
      - { id: s, run: 'echo "o=of-steps" >> "$GITHUB_OUTPUT"' }
      - run: |
          cat <<'END'
          \${{ github.job }} \${{ env.E }} \${{ vars.V }} \${{ secrets.S != '' }} [\${{ inputs.none }}] \${{ needs.a.outputs.o }}
          \${{ steps.s.outputs.o }} \${{ strategy.job-total }} \${{ matrix.m }} \${{ job.status }} \${{ runner.os }} \${{ ENV.e }}
          END
`,
    {},
    { vars: { V: 'of-vars' }, secrets: { S: 'obviously-fake' } },
  );
  const log = run.log(run.result.jobs[1]?.log?.replace(/^logs\/|\.txt$/g, '') ?? '');
  expect(log).toContain('\nj of-env of-vars true [] of-needs\n');
  expect(log).toMatch(/\nof-steps 1 of-matrix success (Linux|macOS) of-env\n/);
});
