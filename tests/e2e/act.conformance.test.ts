import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { afterAll, describe, expect } from '@jest/globals';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

import { runAct } from './act.ts';
import { testWith } from './conformance-tool.ts';
import { releaseDirectory } from './run-bundle.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sophia-act-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHA = '0123456789abcdef0123456789abcdef01234567';
const OURS = ['v1', SHA].map((ref) => `ai-cherry/sophia-actions@${ref}=${releaseDirectory}`);

/** A git repository with one workflow; act reads branch and commit from it. */
function repositoryWith(files: Readonly<Record<string, string>>): string {
  const repository = mkdtempSync(join(folder, 'repository-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '-m', 'x');
  git('remote', 'add', 'origin', 'https://github.com/octo/demo.git');
  return repository;
}

const WORKFLOW = '.github/workflows/w.yml';

/** Runs the workflow in both and gives what both tell, in the same shape. */
async function runInBoth(files: Readonly<Record<string, string>>) {
  const repository = repositoryWith(files);
  const ours = await runWorkflow({
    workflowFile: join(repository, WORKFLOW),
    event: 'push',
    context: {
      ...{ repository: 'octo/demo', ref: 'refs/heads/main', actor: 'octocat' },
      ...{ runId: 1, runNumber: 1, attempt: 1 },
    },
    repositoryDirectory: repository,
    actionsDirectory: releaseDirectory,
    outDirectory: mkdtempSync(join(folder, 'out-')),
    maxParallel: 1,
  });
  const theirs = await runAct({ repository, workflow: WORKFLOW, actions: OURS });
  return { ours, theirs };
}

type Both = Awaited<ReturnType<typeof runInBoth>>;

/** The order of a matrix's keys in a name is free. */
const named = (name: string) =>
  name.replace(/\((.*)\)$/, (_, values: string) => values.split(', ').sort().join(', '));

/** Steps that never began are told by neither in the same way; both tell what each that began came to. */
const began = (steps: readonly string[]) => steps.filter((result) => result !== 'skipped');

function comparable({ ours, theirs }: Both) {
  const sorted = <T extends { id: string }>(jobs: readonly T[]) =>
    [...jobs].sort((a, b) => a.id.localeCompare(b.id));
  const local = ours.jobs
    .filter(({ result }) => result !== 'skipped')
    .map((job) => ({
      id: named(job.name),
      result: job.result,
      steps: began(job.steps.filter(({ name }) => !name.startsWith('Post ')).map(({ outcome }) => outcome)),
    }));
  const act = theirs.jobs
    .filter(({ result }) => result !== 'skipped')
    .map(({ id, result, steps }) => ({
      id: named(id),
      result,
      steps: began(steps.map((step) => step.result)),
    }));
  return { local: sorted(local), act: sorted(act) };
}

const FLOWS: Readonly<Record<string, Record<string, string>>> = {
  'the basic fixture: outputs, files, conditions, tolerated failures': {
    [WORKFLOW]: readFileSync(
      join(root, 'packages/local-runner/fixtures/basic/.github/workflows/ci.yml'),
      'utf8',
    ),
  },
  'needs, always, failure, skipped jobs, and what they see of each other': {
    [WORKFLOW]: `on: push
jobs:
  good: { runs-on: x, outputs: { word: "\${{ steps.a.outputs.word }}" }, steps: [{ id: a, run: 'echo word=hello >> "$GITHUB_OUTPUT"' }] }
  bad: { runs-on: x, steps: [{ run: exit 1 }, { run: echo never }, { if: always(), run: echo still }, { if: failure(), run: echo failed }] }
  never: { needs: bad, runs-on: x, steps: [{ run: 'true' }] }
  report:
    needs: [good, bad, never]
    if: always()
    runs-on: x
    steps:
      - run: test "\${{ needs.good.result }} \${{ needs.bad.result }} \${{ needs.never.result }} \${{ needs.good.outputs.word }}" = "success failure skipped hello"
      - { if: "needs.bad.result == 'success'", run: exit 1 }
`,
  },
  'a matrix, defaults and the precedence of env': {
    [WORKFLOW]: `on: push
env: { A: workflow, B: workflow, C: workflow }
defaults: { run: { working-directory: sub } }
jobs:
  j:
    strategy: { matrix: { number: [1, 2], include: [{ number: 2, extra: yes }] } }
    runs-on: x
    env: { B: job, C: job }
    steps:
      - { run: mkdir -p sub, working-directory: . }
      - { env: { C: step }, run: 'test "$A $B $C" = "workflow job step" && test "$(basename "$PWD")" = sub' }
      - run: printf 'MANY<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_ENV"
      - run: test "$MANY" = "$(printf 'one\\ntwo')"
      - { if: matrix.number == 1, run: exit 3, continue-on-error: true }
`,
  },
  'a composite action of the repository, with inputs and outputs': {
    [WORKFLOW]: `on: push
jobs:
  j:
    runs-on: x
    steps:
      - run: mkdir -p greet
      - run: |
          cat > greet/action.yml <<'END'
          name: Greet
          description: Greets
          inputs: { who: { description: Whom, default: nobody } }
          outputs: { said: { description: Said, value: "\${{ steps.say.outputs.said }}" } }
          runs:
            using: composite
            steps:
              - { id: say, shell: bash, run: 'echo "said=hello $WHO" >> "$GITHUB_OUTPUT"', env: { WHO: "\${{ inputs.who }}" } }
          END
      - { id: greet, uses: ./greet, with: { who: you } }
      - run: test "\${{ steps.greet.outputs.said }}" = "hello you"
`,
  },
  'functions and operators of expressions': {
    [WORKFLOW]: `on: push
env: { LIST: '["a","b"]' }
jobs:
  j:
    runs-on: x
    steps:
      - { if: "contains(fromJSON(env.LIST), 'B')", run: 'true' }
      - { if: "startsWith('Hello', 'hE') && endsWith('Hello', 'LO')", run: 'true' }
      - { if: "format('{0}-{1}', 1, true) == '1-true' && join(fromJSON(env.LIST), '+') == 'a+b'", run: 'true' }
      - { if: "1 == '1' && null == 0 && 'A' == 'a'", run: 'true' }
      - { if: "github.event_name != 'push'", run: exit 1 }
      - { if: "!(1 > 2 || '' || false)", run: 'true' }
      - { if: "toJSON(fromJSON('{\\"a\\":1}').a) == '1'", run: 'true' }
`,
  },
};

describe('act comes to the same as the local runner', () => {
  testWith('act').each(Object.keys(FLOWS))('%s', async (name) => {
    const both = await runInBoth(FLOWS[name] ?? {});
    const { local, act } = comparable(both);
    expect(local.length).toBeGreaterThan(0);
    expect([act, both.theirs.log]).toEqual([local, expect.any(String)]);
  });

  testWith('act')(
    'our five actions, by v1 and by commit',
    async () => {
      const steps = (ref: string) => `
      - id: secrets
        uses: ai-cherry/sophia-actions/esc-setup@${ref}
        with: { allow-file: true, upload-artifact: false, config-inline: 'esc: { file: esc.yaml }' }
      - run: test "$GREETING" = "good morning"
      - id: gate
        uses: ai-cherry/sophia-actions/health-gate@${ref}
        with: { upload-artifact: false, config-inline: 'checks: { node: { kind: command, command: [node, --version] } }' }
      - uses: ai-cherry/sophia-actions/mcp-orchestrate@${ref}
        with: { mode: validate, registry: ports.json, upload-artifact: false }
      - id: deployment
        uses: ai-cherry/sophia-actions/deploy-phase@${ref}
        with: { upload-artifact: false, config-inline: 'deployment: { phases: [{ name: p, steps: [{ name: s, run: exit 1, undo: touch undone }] }] }' }
        continue-on-error: true
      - run: test -f undone
      - uses: ai-cherry/sophia-actions/pr-report@${ref}
        with: { comment: never, download-artifacts: false, upload-artifact: false, reports: '*_report.json' }
      - run: test "\${{ steps.secrets.outputs.esc-status }} \${{ steps.gate.outputs.status }} \${{ steps.deployment.outputs.status }}" = "file success rolled-back"`;
      const prepare = `
      - run: |
          echo 'values: { environmentVariables: { GREETING: good morning } }' > esc.yaml
          echo '{ "servers": { "memory": 9000 } }' > ports.json`;
      const both = await runInBoth({
        [WORKFLOW]: `on: push
jobs:
  tag:
    runs-on: x
    steps:${prepare}${steps('v1')}
  commit:
    runs-on: x
    steps:${prepare}${steps(SHA)}
`,
      });
      const { local, act } = comparable(both);
      expect(local.map(({ result }) => result)).toEqual(['success', 'success']);
      expect([act, both.theirs.log]).toEqual([local, expect.any(String)]);
      const outputs = Object.fromEntries(both.theirs.jobs.map((job) => [job.id, job.outputs['status']]));
      expect(outputs).toEqual({ tag: expect.any(String), commit: expect.any(String) });
    },
    300_000,
  );
});
