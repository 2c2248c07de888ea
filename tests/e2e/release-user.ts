import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { baseEnvironment } from '@sophia/local-runner/base-environment';
import type { WorkflowResult } from '@sophia/local-runner/run-options';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

/** What later jobs may read of each action: a job's outputs. */
const OUTPUTS = {
  secrets: ['esc-status', 'missing-secrets', 'exported'],
  gate: ['status', 'pass-rate', 'failed-checks'],
  fleet: ['status', 'total'],
  deployment: ['status', 'failed-step', 'plan-hash'],
  report: ['status'],
};

const outputs = Object.entries(OUTPUTS).flatMap(([step, names]) =>
  names.map((name) => `      ${step}-${name}: \${{ steps.${step}.outputs.${name} }}`),
);

/** One job that takes every action at a ref, with nothing but what the job itself has. */
const jobAt = (ref: string) => `
    runs-on: ubuntu-latest
    outputs:
${outputs.join('\n')}
    steps:
      - { uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 }
      - id: secrets
        uses: ai-cherry/sophia-actions/esc-setup@${ref}
        with: { allow-file: true, upload-artifact: false }
      - { run: test "$GREETING" = "good morning" }
      - id: gate
        uses: ai-cherry/sophia-actions/health-gate@${ref}
        with: { upload-artifact: false }
      - id: fleet
        uses: ai-cherry/sophia-actions/mcp-orchestrate@${ref}
        with: { mode: validate, upload-artifact: false }
      - id: deployment
        uses: ai-cherry/sophia-actions/deploy-phase@${ref}
        with: { upload-artifact: false }
      - { run: grep -q 'new release' state.txt }
      - id: report
        uses: ai-cherry/sophia-actions/pr-report@${ref}
        with: { comment: never, download-artifacts: false, upload-artifact: false, reports: '*_report.json' }
`;

/** The last job writes down what it sees of the others, where the variable names a file for it. */
const told = (jobs: readonly string[]) => `
  told:
    needs: [${jobs.join(', ')}]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - { run: printenv NEEDS > "$TOLD_FILE", env: { NEEDS: "\${{ toJSON(needs) }}" } }
`;

const CONFIGURATION = `version: 1
esc: { file: esc.yaml }
secrets: { greeting: {} }
checks: { node: { kind: command, command: [node, --version] }, secrets: { kind: secrets } }
mcp: { registry: ports.json }
deployment:
  phases:
    - name: only
      steps: [{ name: write, run: echo new release > state.txt, undo: rm state.txt }]
environments: { production: {} }
`;

export const USER_WORKFLOW = '.github/workflows/use.yml';

/**
 * Writes a repository of somebody else whose workflow takes all five actions at each ref, in a job each, and in a last
 * job writes `needs` as JSON to the file that TOLD_FILE names.
 *
 * @returns its folder
 */
export function writeUser(folder: string, refs: readonly string[]): string {
  const repository = mkdtempSync(join(folder, 'user '));
  mkdirSync(join(repository, '.github/workflows'), { recursive: true });
  const names = refs.map((_, index) => `job-${index}`);
  const jobs = refs.map((ref, index) => `  job-${index}:${jobAt(ref)}`).join('');
  writeFileSync(join(repository, USER_WORKFLOW), `on: push\njobs:\n${jobs}${told(names)}`);
  writeFileSync(join(repository, '.github/sophia.yml'), CONFIGURATION);
  writeFileSync(join(repository, 'esc.yaml'), 'values: { greeting: good morning }\n');
  writeFileSync(join(repository, 'ports.json'), '{ "servers": { "memory": 9000, "search": 9001 } }\n');
  return repository;
}

/** Who uses a release, in a folder of the test. */
interface User {
  readonly folder: string;
  /** Of {@link writeUser}. */
  readonly repository: string;
  /** The released repository. */
  readonly origin: string;
  /** The file that gets `needs` of the last job. */
  readonly told: string;
}

/** Runs the workflow of a user here; every action comes out of the released repository. */
export const runUser = ({ folder, repository, origin, told: file }: User): Promise<WorkflowResult> =>
  runWorkflow({
    workflowFile: join(repository, USER_WORKFLOW),
    event: 'push',
    context: {
      ...{ repository: 'octo/user', ref: 'refs/heads/main', actor: 'octocat' },
      ...{ runId: 1, runNumber: 1, attempt: 1 },
    },
    repositoryDirectory: repository,
    actionsDirectory: join(folder, 'nothing'),
    actionsGit: origin,
    outDirectory: join(folder, 'run'),
    environment: { ...baseEnvironment(process.env), TOLD_FILE: file },
    maxParallel: 1,
  });
