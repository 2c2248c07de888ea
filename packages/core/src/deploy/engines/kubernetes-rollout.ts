import { z } from 'zod';

import type { GradualStage } from './engine-act.ts';
import type { KubernetesObject, ObjectReference } from './kubernetes-objects.ts';

/** A workload of Argo Rollouts, which alone moves traffic bit by bit. */
export const isRollout = ({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean =>
  kind === 'Rollout' && apiVersion.startsWith('argoproj.io/');

const REVISION = 'rollout.argoproj.io/revision';

/** @returns the revision that the controller noted, or undefined before it has. */
export const rolloutRevision = ({ metadata }: KubernetesObject): string | undefined =>
  metadata.annotations?.[REVISION];

/** A manifest that is ready to be applied, or why it cannot be. */
export type Prepared = { readonly object: KubernetesObject } | { readonly problem: string };

const strategySpec = z.looseObject({
  strategy: z.looseObject({
    canary: z.looseObject({ steps: z.array(z.unknown()).optional() }).nullish(),
    blueGreen: z.looseObject({ autoPromotionEnabled: z.boolean().optional() }).nullish(),
  }),
});

/**
 * Puts a strategy of ours into the manifest of a Rollout: the controller stops before each step until it is told to go
 * on, so the traffic moves only when the journal says so.
 */
export function withStrategy(object: KubernetesObject, { strategy, weights }: GradualStage): Prepared {
  const found = strategySpec.safeParse(object.spec);
  const { canary, blueGreen } = found.data?.strategy ?? {};
  const spec = object.spec ?? {};
  const replaced = (inner: unknown): Prepared => ({
    object: { ...object, spec: { ...spec, strategy: { ...found.data?.strategy, ...(inner as object) } } },
  });
  const name = `Rollout ${object.metadata.name}`;
  if (strategy === 'blue-green') {
    if (blueGreen === undefined || blueGreen === null)
      return { problem: `${name}: its manifest has no spec.strategy.blueGreen` };
    return replaced({ blueGreen: { ...blueGreen, autoPromotionEnabled: false } });
  }
  if (canary === undefined || canary === null)
    return { problem: `${name}: its manifest has no spec.strategy.canary` };
  if (canary.steps !== undefined)
    return { problem: `${name}: leave spec.strategy.canary.steps out: the phase's strategy gives them` };
  const steps = [0, ...weights].flatMap((weight) => [{ setWeight: weight }, { pause: {} }]);
  return replaced({ canary: { ...canary, steps } });
}

const rolloutStatus = z.looseObject({
  metadata: z.looseObject({ generation: z.number().optional() }),
  status: z
    .looseObject({
      observedGeneration: z.string().optional(),
      phase: z.string().optional(),
      message: z.string().optional(),
      currentStepIndex: z.number().optional(),
      abort: z.boolean().optional(),
      currentPodHash: z.string().optional(),
      stableRS: z.string().optional(),
    })
    .default({}),
});

/**
 * Where a Rollout is, seen from a stage: `due`: it waits for the word to go on to this stage; `reached`: it is there,
 * or beyond; `moving`: it will come by itself.
 */
export type Progress =
  { readonly at: 'due' | 'reached' | 'moving' } | { readonly at: 'failed'; readonly message: string };

/** @returns how far a Rollout is on its way to a stage, or to the new version alone (`whole`). */
export function rolloutProgress(object: KubernetesObject, stage: GradualStage | { kind: 'whole' }): Progress {
  const { metadata, status } = rolloutStatus.parse(object);
  const { phase = '', message = '', currentStepIndex: index = 0 } = status;
  if (String(metadata.generation ?? '') !== (status.observedGeneration ?? '')) return { at: 'moving' };
  if (status.abort === true || phase === 'Degraded')
    return { at: 'failed', message: message || 'the rollout was aborted' };
  // Also a first release, which has nothing to share its traffic with.
  if (phase === 'Healthy' && status.currentPodHash === status.stableRS) return { at: 'reached' };
  if (stage.kind === 'whole') return { at: 'moving' };
  if (phase !== 'Paused')
    return stage.kind !== 'promote' && index > pauseOf(stage) ? { at: 'reached' } : { at: 'moving' };
  if (stage.strategy === 'blue-green') return { at: stage.kind === 'promote' ? 'due' : 'reached' };
  if (stage.kind !== 'promote' && index >= pauseOf(stage)) return { at: 'reached' };
  return { at: index === pauseOf(stage) - 2 ? 'due' : 'moving' };
}

/** The steps are a weight and a pause in turn, first the weight 0: which of them is this stage's pause. */
function pauseOf(stage: GradualStage): number {
  if (stage.kind === 'start') return 1;
  const place = stage.kind === 'weight' ? stage.weights.indexOf(stage.weight) : stage.weights.length;
  return 3 + 2 * place;
}
