import type { Config } from '@sophia/core/config/parse-config';
import type { Sections } from '@sophia/core/config/schema';
import { secretVariable } from '@sophia/core/config/cross-check';
import { planDeployment, planHash, WATCH_PHASE } from '@sophia/core/deploy/plan';
import type { Plan } from '@sophia/core/deploy/plan';
import { SophiaError } from '@sophia/core/errors';
import { didYouMean } from '@sophia/core/nearest-name';

import { loadConfig, requireConfig } from '../config/load-config.ts';
import type { Session } from '../host/session.ts';
import { maskStepSecrets } from './check-plan.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import type { JournalStore } from './journal-store.ts';
import { localStore } from './open-store.ts';

/** A deployment that is decided, and has not begun. */
export interface ReadyDeployment {
  readonly plan: Plan;
  readonly planHash: string;
  readonly deploymentId: string;
  /** The commands of the master workflow's other jobs, which it takes from the dry run's outputs. */
  readonly pipeline: Sections['pipeline'];
}

/**
 * Reads the configuration and plans; contacts nothing.
 *
 * @throws SophiaError `configuration`, `usage`, or `state` for another plan than the one asked for
 */
export async function readDeployment(inputs: DeployInputs, session: Session): Promise<ReadyDeployment> {
  const config = await requireConfig(session, ['deployment', 'secrets', 'pipeline']);
  const { journal } = inputs;
  const configured = config.sections.deployment;
  const deployment = journal === 'configured' ? configured : { ...configured, journal };
  const phases = deployment.phases.map(({ name }) => name);
  if (phases.length === 0) throw noPhases(config.file);
  checkWatch(config);
  if (inputs.phase !== 'all' && !phases.includes(inputs.phase)) throw unknownPhase(inputs.phase, phases);
  const phase = inputs.phase === 'all' ? undefined : inputs.phase;
  const plan = planDeployment({ environment: config.environment, deployment, phase });
  maskStepSecrets(plan, session.host, unmaskedVariables(config));
  const { deploymentId } = config;
  const hash = await hashAsWritten(session, { plan, phase, deploymentId });
  if (inputs.planHash !== '' && inputs.planHash !== hash) throw otherPlan(inputs.planHash, hash);
  return {
    plan,
    planHash: hash,
    deploymentId: session.common.deploymentId || (await freeId(localStore(session), deploymentId)),
    pipeline: config.sections.pipeline,
  };
}

/**
 * The hash is over what is written, with its references unread: the job that plans knows other variables than the one
 * that deploys, and the plan is the same.
 */
async function hashAsWritten(
  session: Session,
  { plan, phase, deploymentId }: { plan: Plan; phase: string | undefined; deploymentId: string },
): Promise<string> {
  const configuration = (await loadConfig(session, []))?.sections as Partial<Sections> | undefined;
  const { environment } = plan;
  // Undefined where a number or a duration is a reference: then only its value can be hashed.
  const deployment = configuration?.deployment;
  const written = deployment === undefined ? plan : planDeployment({ environment, deployment, phase });
  return planHash({ plan: written, commit: session.host.run.sha, configuration, deploymentId });
}

/** @throws SophiaError `configuration` where a watch has nothing to look at, or no time */
function checkWatch({ file, sections }: Config<'deployment'>): void {
  const { watch, phases, timeout, 'rollback-timeout': rollbackMs } = sections.deployment;
  if (watch === undefined) return;
  // Not there: it cannot be judged before its variables are read, which the checks themselves do.
  const { checks } = sections as Partial<Sections>;
  const problems = [
    ...(checks !== undefined && Object.keys(checks).length === 0 ? ['there are no checks to watch'] : []),
    ...(phases.some(({ name }) => name === WATCH_PHASE) ? [`a phase is named ${WATCH_PHASE} already`] : []),
    ...(watch < timeout - rollbackMs ? [] : ['it must be shorter than timeout minus rollback-timeout']),
  ];
  if (problems.length === 0) return;
  throw new SophiaError('configuration', {
    message: problems.map((problem) => `${file}: deployment.watch: ${problem}`).join('\n'),
    hint: 'add `checks`, rename the phase, or raise the timeout: the watch is part of the deployment',
  });
}

/** Variables that the `secrets` section says are no secrets. */
function unmaskedVariables(config: Config<'secrets'>): ReadonlySet<string> {
  const rules = Object.entries(config.sections.secrets).filter(([, rule]) => !rule.mask);
  return new Set(rules.map(([path, rule]) => secretVariable(path, rule)));
}

/** @returns the id, or the first of `id-2`, `id-3`, ... that has no journal: two runs may begin in one second. */
export async function freeId(store: JournalStore, id: string): Promise<string> {
  if ((await store.find(id)) === undefined) return id;
  for (let number = 2; ; number += 1) {
    const next = `${id}-${number}`;
    if ((await store.find(next)) === undefined) return next;
  }
}

const noPhases = (file: string) =>
  new SophiaError('configuration', {
    message: `${file} has no deployment phases`,
    hint: 'add `deployment: { phases: [...] }`; docs/deployment.md has an example',
  });

const unknownPhase = (phase: string, phases: readonly string[]) =>
  new SophiaError('usage', {
    message: `no phase is named "${phase}"${didYouMean(phase, [...phases, 'all', 'rollback'])}`,
    hint: `the input \`phase\` is all, rollback, or one of ${phases.join(', ')}`,
  });

const otherPlan = (wanted: string, is: string) =>
  new SophiaError('state', {
    message: `the plan is not the one that was asked for: its hash is ${is}, not ${wanted}; nothing has run`,
    hint: 'plan, commit or configuration changed since the dry run: look at the new plan, then pass its hash',
  });
