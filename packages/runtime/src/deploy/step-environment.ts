import { outputVariable } from '@sophia/core/config/deployment-findings';
import type { Outputs } from '@sophia/core/deploy/event';
import { engineFacts } from '@sophia/core/deploy/engines/engine-facts';
import type { PlannedStep } from '@sophia/core/deploy/plan';
import { stepId } from '@sophia/core/deploy/plan';
import type { DeploymentState } from '@sophia/core/deploy/state';
import { stepState } from '@sophia/core/deploy/state';

import type { Variables } from '../host/host.ts';
import { STEP_MARK } from './end-orphans.ts';

/** What a program may need of the machine that it runs on; nothing else of the job's environment is passed on. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|TMPDIR|TEMP|TMP|CI|XDG_[A-Z_]+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;

/** Facts of the run that are no secrets. RUNNER_TRACKING_ID lets the runner end what a step leaves behind. */
const OF_THE_RUN =
  /^(GITHUB_(ACTIONS|ACTOR|REPOSITORY|REPOSITORY_OWNER|REF|REF_NAME|REF_TYPE|SHA|HEAD_REF|BASE_REF|EVENT_NAME|RUN_ID|RUN_NUMBER|RUN_ATTEMPT|JOB|WORKFLOW|WORKSPACE|SERVER_URL|API_URL)|RUNNER_(OS|ARCH|NAME|TEMP|TOOL_CACHE|ENVIRONMENT|TRACKING_ID))$/;

const ID_TOKEN = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];

/** Names that no child gets, whoever lists them (contract, section 2, Trust). */
const NEVER = /^(INPUT_|STATE_|ACTIONS_)|^GITHUB_(TOKEN|ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)$/;

/** @returns true for a name that a step may not list under `secrets` or `env`. */
export const isForbiddenVariable = (name: string): boolean => NEVER.test(name);

export interface StepEnvironmentRequest {
  readonly variables: Variables;
  readonly state: DeploymentState;
  readonly phase: string;
  readonly step: PlannedStep;
  /** What `$SOPHIA_OUTPUT` names; null for programs of an engine, which leave no outputs there. */
  readonly outputFile: string | null;
}

/** @returns the whole environment of a step's programs. */
export function stepEnvironment(request: StepEnvironmentRequest): Readonly<Record<string, string>> {
  const { variables, state, phase, step, outputFile } = request;
  const ofEngine = step.act.kind === 'engine' ? engineFacts[step.act.engine].variables : [];
  const passed = Object.keys(variables).filter(
    (name) => PASSED_ON.test(name) || OF_THE_RUN.test(name) || ofEngine.includes(name),
  );
  const listed = [...step.secrets, ...(step.idToken ? ID_TOKEN : [])];
  const { environment, deploymentId } = state.started;
  return {
    ...pick(variables, passed),
    ...step.env,
    ...pick(variables, listed),
    SOPHIA_ENVIRONMENT: environment,
    SOPHIA_DEPLOYMENT_ID: deploymentId,
    ...regionOf(state, phase),
    [STEP_MARK]: stepId(phase, step.name),
    ...(outputFile === null ? {} : { SOPHIA_OUTPUT: outputFile }),
    ...outputsSoFar(state, phase),
  };
}

function regionOf(state: DeploymentState, phase: string): Record<string, string> {
  const region = state.started.plan.phases.find(({ name }) => name === phase)?.region;
  return region === undefined ? {} : { SOPHIA_REGION: region.name };
}

function pick(variables: Variables, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * What steps have written so far, in `before` and in `run` (an engine's `before` is for itself alone). Outputs of the
 * step's own region go by the name of the phase in the configuration too.
 */
export function outputsSoFar(state: DeploymentState, ownPhase: string): Record<string, string> {
  const { phases } = state.started.plan;
  const ownRegion = phases.find(({ name }) => name === ownPhase)?.region?.name;
  return Object.fromEntries(
    phases.flatMap((phase) => {
      const { region } = phase;
      const isNear = region !== undefined && region.name === ownRegion;
      const names = isNear ? [phase.name, region.of] : [phase.name];
      return phase.steps.flatMap((step) => {
        const { beforeOutputs, outputs } = stepState(state, stepId(phase.name, step.name));
        const known: Outputs = step.act.kind === 'engine' ? outputs : { ...beforeOutputs, ...outputs };
        return names.flatMap((name) =>
          Object.entries(known).map(([output, value]) => [outputVariable(name, step.name, output), value]),
        );
      });
    }),
  );
}
