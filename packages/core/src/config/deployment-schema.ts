import { z } from 'zod';

import { dockerSettings } from '../deploy/engines/docker-settings.ts';
import { kubernetesSettings } from '../deploy/engines/kubernetes-settings.ts';
import { regionsSchema } from './regions-schema.ts';
import { strategySchema } from './strategy-schema.ts';
import { pulumiSettings } from '../deploy/engines/pulumi-settings.ts';
import { vercelSettings } from '../deploy/engines/vercel-settings.ts';
import {
  durationMs,
  filledText,
  flag,
  nameList,
  shellOrWords,
  strictMap,
  variableName,
  variables,
  wholeNumber,
} from './fields.ts';

/** A name of a phase or step: it becomes part of variable names and of file names. */
const actName = () =>
  filledText().regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected a name of letters, digits, `.`, `_` and `-` (at most 64)',
  );

/** The keys that say what a step does; a step has exactly one of them. */
const STEP_ACTS = [
  'run',
  'fleet',
  'gate',
  'require-env',
  'pulumi',
  'docker',
  'kubernetes',
  'vercel',
] as const;
/** Those of them that bring their own `before`, `undo` and outputs. */
const ENGINE_ACTS = [
  'pulumi',
  'docker',
  'kubernetes',
  'vercel',
] as const satisfies readonly (typeof STEP_ACTS)[number][];
export type StepAct = (typeof STEP_ACTS)[number];

const stepSchema = strictMap({
  name: actName(),
  run: shellOrWords().optional().describe('A string runs in bash, a list without a shell.'),
  fleet: z.enum(['start']).optional().describe('Starts the mcp section; its undo stops the fleet.'),
  gate: z
    .union([z.literal('all'), nameList()])
    .optional()
    .describe('These checks, or all.'),
  'require-env': z.array(variableName()).optional(),
  pulumi: pulumiSettings.optional().describe('Brings a stack up.'),
  docker: dockerSettings.optional().describe('Builds an image and pushes it.'),
  kubernetes: kubernetesSettings.optional().describe('Applies manifests and waits for their rollouts.'),
  vercel: vercelSettings.optional().describe('Deploys without traffic, promotes what is ready.'),
  before: shellOrWords().optional().describe('Runs first; its outputs are journaled, and undo gets them.'),
  undo: z
    .union([z.literal('none'), shellOrWords()])
    .optional()
    .describe('Runs on rollback if `run` was started; none: nothing to undo.'),
  env: variables().default({}),
  secrets: z.array(variableName()).default([]),
  'id-token': flag().default(false),
  timeout: durationMs().prefault('10m').describe('Bounds each of before, run and undo.'),
  retries: wholeNumber(0, 20).default(0),
  outputs: z
    .array(variableName())
    .default([])
    .describe('Names that `before` and `run` write to $SOPHIA_OUTPUT as name=value.'),
  'working-directory': filledText().optional(),
}).superRefine((step, context) => {
  const acts = STEP_ACTS.filter((act) => step[act] !== undefined);
  if (acts.length === 1) {
    if (ENGINE_ACTS.some((engine) => engine === acts[0])) refuseBesideEngine(step, context);
    else refuseUnwritten(step, context);
    return;
  }
  const got = acts.length === 0 ? 'none' : acts.join(' and ');
  context.addIssue({
    code: 'custom',
    message: `expected exactly one of ${STEP_ACTS.join(', ')}; got ${got}`,
  });
});

/** An engine notes the state before, goes back to it and names its outputs by itself: two answers would be one too many. */
function refuseBesideEngine(
  step: { before?: unknown; undo?: unknown; outputs: readonly string[] },
  context: z.RefinementCtx,
): void {
  const refused = [
    ...(step.before === undefined ? [] : ['before']),
    ...(step.undo === undefined || step.undo === 'none' ? [] : ['undo']),
    ...(step.outputs.length === 0 ? [] : ['outputs']),
  ];
  for (const key of refused) {
    const rest = key === 'undo' ? ' (`undo: none` leaves what it did)' : '';
    const message = `an engine brings its own ${key}: leave it out, or put the command into a step of its own${rest}`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
}

/** Only a command of the step's own can write outputs; what reads them would find nothing, and nobody would know why. */
function refuseUnwritten(
  step: { run?: unknown; before?: unknown; outputs: readonly string[] },
  context: z.RefinementCtx,
): void {
  if (step.run !== undefined || step.before !== undefined || step.outputs.length === 0) return;
  const message =
    'expected no outputs: only `run` and `before` write them, and this step has neither; name them on the step that does';
  context.addIssue({ code: 'custom', path: ['outputs'], message });
}

const phaseSchema = strictMap({
  name: actName(),
  needs: nameList()
    .optional()
    .describe('Default: the phase before; [] or names make phases run side by side.'),
  'working-directory': filledText().optional(),
  'on-failure': z.enum(['rollback', 'stop', 'continue']).default('rollback'),
  strategy: strategySchema.default({ kind: 'all-at-once' }),
  regions: regionsSchema.optional(),
  steps: z.array(stepSchema, { error: 'expected a list of steps' }).default([]),
});

export const deploymentSchema = strictMap({
  timeout: durationMs().prefault('15m').describe('Reached: roll back.'),
  'rollback-timeout': durationMs()
    .prefault('5m')
    .describe('Reserved: forward work stops at timeout minus this.'),
  journal: z.enum(['file', 'artifact', 'git-ref']).default('file'),
  watch: durationMs()
    .optional()
    .describe('Keep checks running after success, and roll back if they turn red.'),
  phases: z.array(phaseSchema, { error: 'expected a list of phases' }).default([]),
});

export type StepConfig = z.output<typeof stepSchema>;
export type PhaseConfig = z.output<typeof phaseSchema>;
export type DeploymentConfig = z.output<typeof deploymentSchema>;
