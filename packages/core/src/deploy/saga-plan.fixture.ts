// Plans of programs that are never run, and the beginnings of their deployments.
import type { DeploymentStarted } from './event.ts';
import type { Plan, PlannedPhase, PlannedStep } from './plan.ts';

/** Whose run it is. */
export const RUN = {
  repository: 'acme/app',
  sha: 'abc',
  runId: 1,
  attempt: 1,
  job: 'job',
  actor: 'octocat',
  event: 'push',
  ref: '',
};

/** @returns a step with a command to undo it, unless `rest` says otherwise. */
export const step = (name: string, rest: Partial<PlannedStep> = {}): PlannedStep => ({
  name,
  act: { kind: 'run', command: 'true' },
  before: null,
  undo: { kind: 'command', command: 'true' },
  env: {},
  secrets: [],
  idToken: false,
  timeoutMs: 1_000,
  retries: 0,
  outputs: [],
  directory: '.',
  ...rest,
});

/** @returns a phase that needs nothing and rolls back, unless `rest` says otherwise. */
export const phase = (
  name: string,
  steps: readonly PlannedStep[],
  rest: Partial<PlannedPhase> = {},
): PlannedPhase => ({ name, needs: [], onFailure: 'rollback', steps: [...steps], ...rest });

/** @returns phase `a` with step `x`, and after it phase `b` with step `y`. */
export const two = (): readonly [PlannedPhase, PlannedPhase] => [
  phase('a', [step('x')]),
  phase('b', [step('y')], { needs: ['a'] }),
];

/** @returns the first event of a deployment of these phases. */
export const startedOf = (
  phases: readonly PlannedPhase[],
  rest: Partial<DeploymentStarted> = {},
): DeploymentStarted => ({
  type: 'deployment.started',
  deploymentId: 'd1',
  environment: 'production',
  commit: 'abc',
  planHash: '0'.repeat(64),
  plan: planOf(phases),
  rollback: 'auto',
  run: RUN,
  undoes: null,
  ...rest,
});

const planOf = (phases: readonly PlannedPhase[]): Plan => ({
  schema: 'sophia-plan/1',
  environment: 'production',
  timeoutMs: 900_000,
  rollbackTimeoutMs: 300_000,
  journal: 'file',
  phases: [...phases],
});
