import { z } from 'zod';

import { dockerSettings } from './docker-settings.ts';
import { kubernetesSettings } from './kubernetes-settings.ts';
import { pulumiSettings } from './pulumi-settings.ts';
import { vercelSettings } from './vercel-settings.ts';

const gradual = {
  strategy: z.enum(['blue-green', 'canary']),
  /** Of a canary, rising; none for blue-green. */
  weights: z.array(z.number()),
};

/**
 * Which part of a deployment a step of an engine is. A strategy makes several steps of one, each with its own lines in
 * the journal; `of` is the step that began it, in the same phase.
 */
const stage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole') }),
  /** The new version is there, and gets no traffic yet. */
  z.strictObject({ kind: z.literal('start'), ...gradual }),
  /** So many percent of the traffic go to the new version: one of `weights`. */
  z.strictObject({ kind: z.literal('weight'), of: z.string(), weight: z.number(), ...gradual }),
  z.strictObject({ kind: z.literal('promote'), of: z.string(), ...gradual }),
]);

/** One engine's act: its settings are checked again when a plan is read back from a journal. */
export const engineAct = z.discriminatedUnion('engine', [
  z.strictObject({
    kind: z.literal('engine'),
    engine: z.literal('kubernetes'),
    settings: kubernetesSettings,
    stage,
  }),
  z.strictObject({
    kind: z.literal('engine'),
    engine: z.literal('vercel'),
    settings: vercelSettings,
    stage,
  }),
  z.strictObject({
    kind: z.literal('engine'),
    engine: z.literal('pulumi'),
    settings: pulumiSettings,
    stage,
  }),
  z.strictObject({
    kind: z.literal('engine'),
    engine: z.literal('docker'),
    settings: dockerSettings,
    stage,
  }),
]);

export type EngineAct = z.output<typeof engineAct>;
export type EngineName = EngineAct['engine'];
export type EngineStage = z.output<typeof stage>;
/** A stage of a strategy. */
export type GradualStage = Exclude<EngineStage, { kind: 'whole' }>;

/** True for a step that changes what was there before, and so notes that first and can return to it. */
export const beginsChange = ({ kind }: EngineStage): boolean => kind === 'whole' || kind === 'start';
