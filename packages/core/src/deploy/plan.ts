import { z } from 'zod';

import type { DeploymentConfig, PhaseConfig, StepConfig } from '../config/deployment-schema.ts';
import { phaseNeeds } from '../config/deployment-findings.ts';
import { canonicalJson, sha256 } from './canonical-json.ts';
import { expandRegions } from './region-phases.ts';
import { strategySteps, WATCH_MARGIN_MS } from './strategy-steps.ts';
import { beginsChange, engineAct } from './engines/engine-act.ts';
import type { EngineAct } from './engines/engine-act.ts';
import { engineFacts } from './engines/engine-facts.ts';

const command = z.union([z.string().min(1), z.array(z.string()).min(1)]);

const durationMs = z.number().int().nonnegative();

const act = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('run'), command }),
  z.strictObject({ kind: z.literal('fleet') }),
  z.strictObject({ kind: z.literal('gate'), checks: z.union([z.literal('all'), z.array(z.string())]) }),
  z.strictObject({ kind: z.literal('require-env'), names: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('watch'),
    durationMs,
    checks: z.union([z.literal('all'), z.array(z.string())]).default('all'),
  }),
  engineAct,
]);

const undo = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command }),
  z.strictObject({ kind: z.literal('stop-fleet') }),
  z.strictObject({ kind: z.literal('engine') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('irreversible') }),
]);

const step = z.strictObject({
  name: z.string(),
  act,
  before: command.nullable(),
  undo,
  env: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  idToken: z.boolean(),
  timeoutMs: durationMs,
  retries: z.number().int().nonnegative(),
  outputs: z.array(z.string()),
  directory: z.string(),
});

const phase = z.strictObject({
  name: z.string(),
  needs: z.array(z.string()),
  onFailure: z.enum(['rollback', 'stop', 'continue']),
  steps: z.array(step),
  /** One of the regions that the phase `of` goes to. */
  region: z
    .strictObject({ name: z.string(), of: z.string(), maxFailures: z.number().int().nonnegative() })
    .optional(),
});

/** The form of a plan, in memory and in a journal: what is read back is checked against it before any of it runs. */
export const planSchema = z.strictObject({
  schema: z.literal('sophia-plan/1'),
  environment: z.string(),
  timeoutMs: durationMs,
  rollbackTimeoutMs: durationMs,
  journal: z.enum(['file', 'artifact', 'git-ref']),
  phases: z.array(phase),
});

export type Plan = z.output<typeof planSchema>;
export type PlannedPhase = Plan['phases'][number];
export type PlannedStep = PlannedPhase['steps'][number];
export type PlannedAct = PlannedStep['act'];
export type PlannedUndo = PlannedStep['undo'];
/** A string runs in bash, a list without a shell. */
export type PlannedCommand = z.output<typeof command>;

/** True for a step that notes the state before it changes it. */
export const hasBefore = ({ act, before }: PlannedStep): boolean =>
  before !== null || (act.kind === 'engine' && beginsChange(act.stage));

/** How a step is called in reports, logs and outputs. */
export const stepId = (phaseName: string, stepName: string): string => `${phaseName}/${stepName}`;

export interface PlanRequest {
  readonly environment: string;
  readonly deployment: DeploymentConfig;
  /** Only this phase, without what it needs; undefined: all. */
  readonly phase: string | undefined;
}

/** The longest time that a timer of Node.js takes, 24 days; a longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;
const bounded = (durationInMs: number) => Math.min(durationInMs, LONGEST_MS);

/** @returns everything that a deployment will do, decided before anything runs. */
export function planDeployment({ environment, deployment, phase: only }: PlanRequest): Plan {
  const needs = phaseNeeds(deployment.phases);
  const chosen = deployment.phases.filter(({ name }) => only === undefined || name === only);
  const phases = expandRegions(
    chosen.map((config) => ({
      phase: planPhase(config, only === undefined ? (needs.get(config.name) ?? []) : []),
      regions: config.regions,
    })),
  );
  return {
    schema: 'sophia-plan/1',
    environment,
    timeoutMs: bounded(deployment.timeout),
    rollbackTimeoutMs: bounded(deployment['rollback-timeout']),
    journal: deployment.journal,
    phases: deployment.watch === undefined ? [...phases] : [...phases, planWatch(phases, deployment.watch)],
  };
}

/** The phase that watches what all others made; no phase of a configuration may have its name. */
export const WATCH_PHASE = 'watch';

/** Watching is a last phase: where its checks turn red, it fails as any other, and everything is rolled back. */
function planWatch(phases: readonly PlannedPhase[], watchMs: number): PlannedPhase {
  const step: PlannedStep = {
    name: 'checks',
    act: { kind: 'watch', durationMs: watchMs, checks: 'all' },
    before: null,
    undo: { kind: 'none' },
    env: {},
    secrets: [],
    idToken: false,
    timeoutMs: watchMs + WATCH_MARGIN_MS,
    retries: 0,
    outputs: [],
    directory: '.',
  };
  const needs = phases.map(({ name }) => name);
  return { name: WATCH_PHASE, needs, onFailure: 'rollback', steps: [step] };
}

function planPhase(config: PhaseConfig, needs: readonly string[]): PlannedPhase {
  return {
    name: config.name,
    needs: [...needs],
    onFailure: config['on-failure'],
    steps: config.steps.flatMap((stepConfig) => strategySteps(planStep(stepConfig, config), config.strategy)),
  };
}

function planStep(config: StepConfig, inPhase: PhaseConfig): PlannedStep {
  const act = planAct(config);
  const engine = act.kind === 'engine' ? engineFacts[act.engine] : undefined;
  const ownDirectory = act.kind === 'engine' ? act.settings['working-directory'] : undefined;
  return {
    name: config.name,
    act,
    before: config.before ?? null,
    undo: planUndo(config),
    env: config.env,
    secrets: [...new Set([...config.secrets, ...(engine?.secrets ?? [])])],
    idToken: config['id-token'],
    timeoutMs: bounded(config.timeout),
    retries: config.retries,
    outputs: engine === undefined ? config.outputs : [...engine.outputs],
    directory: ownDirectory ?? config['working-directory'] ?? inPhase['working-directory'] ?? '.',
  };
}

function planAct(config: StepConfig): PlannedAct {
  if (config.run !== undefined) return { kind: 'run', command: config.run };
  if (config.fleet !== undefined) return { kind: 'fleet' };
  if (config.gate !== undefined) return { kind: 'gate', checks: config.gate };
  const engine = planEngine(config);
  if (engine !== undefined) return engine;
  return { kind: 'require-env', names: config['require-env'] ?? [] };
}

/** @returns the act of a step's engine; undefined where it has none. */
function planEngine(config: StepConfig): EngineAct | undefined {
  const stage = { kind: 'whole' } as const;
  if (config.kubernetes !== undefined)
    return { kind: 'engine', engine: 'kubernetes', settings: config.kubernetes, stage };
  if (config.docker !== undefined)
    return { kind: 'engine', engine: 'docker', settings: config.docker, stage };
  if (config.pulumi !== undefined)
    return { kind: 'engine', engine: 'pulumi', settings: config.pulumi, stage };
  if (config.vercel !== undefined)
    return { kind: 'engine', engine: 'vercel', settings: config.vercel, stage };
  return undefined;
}

/** A gate and a look at variables change nothing, so there is nothing to undo; a fleet is stopped. */
function planUndo(config: StepConfig): PlannedUndo {
  if (config.undo === 'none') return { kind: 'none' };
  if (config.undo !== undefined) return { kind: 'command', command: config.undo };
  if (config.fleet !== undefined) return { kind: 'stop-fleet' };
  if (planEngine(config) !== undefined) return { kind: 'engine' };
  return config.run === undefined ? { kind: 'none' } : { kind: 'irreversible' };
}

export interface PlanHashParts {
  readonly plan: Plan;
  readonly commit: string;
  /** The other sections of the configuration that steps may use, as values. */
  readonly configuration: unknown;
  /** Left out of the hash: a pull request and the deployment that it becomes have different ids. */
  readonly deploymentId: string;
}

/** @returns the SHA-256 over plan, commit and configuration (contract, section 3, `plan-hash`). */
export function planHash({ deploymentId, ...parts }: PlanHashParts): string {
  return sha256(canonicalJson(parts).replaceAll(deploymentId, 'SOPHIA_DEPLOYMENT_ID'));
}
