import type { EngineStage, GradualStage } from '@sophia/core/deploy/engines/engine-act';
import {
  liveWords,
  promoteFullWords,
  promoteWords,
  undoRolloutWords,
} from '@sophia/core/deploy/engines/kubernetes-commands';
import type { Workload } from '@sophia/core/deploy/engines/kubernetes-commands';
import {
  asObject,
  isSameObject,
  parseObjects,
  referenceTo,
  renderObjects,
  templateHash,
} from '@sophia/core/deploy/engines/kubernetes-objects';
import type { KubernetesObject, ObjectReference } from '@sophia/core/deploy/engines/kubernetes-objects';
import { isRollout, rolloutProgress, withStrategy } from '@sophia/core/deploy/engines/kubernetes-rollout';
import type { KubernetesCapture } from '@sophia/core/deploy/engines/kubernetes-capture';
import type { KubernetesSettings } from '@sophia/core/deploy/engines/kubernetes-settings';

import { endedBadly } from '../acts.ts';
import type { EngineContext } from './engine.ts';
import { kubectl } from './kubectl.ts';
import { GivenUp } from './run-judged.ts';

type Context = EngineContext<KubernetesSettings>;

/** From one look at a Rollout to the next: longer each time, up to the last. */
const LOOKS_MS = [250, 500, 1_000, 2_000, 5_000];

const asWorkload = ({ name, namespace }: ObjectReference): Workload => ({ name, namespace });

/** The manifests with the strategy in each Rollout. @throws GivenUp where there is none, or it has steps of its own */
export function withStrategies(
  objects: readonly KubernetesObject[],
  stage: GradualStage,
): readonly KubernetesObject[] {
  if (!objects.some(isRollout))
    throw new GivenUp(
      endedBadly(
        'configuration',
        `${stage.strategy}: no manifest is a Rollout (argoproj.io), which alone can do it`,
      ),
    );
  return objects.map((object) => {
    if (!isRollout(object)) return object;
    const prepared = withStrategy(object, stage);
    if ('problem' in prepared) throw new GivenUp(endedBadly('configuration', prepared.problem));
    return prepared.object;
  });
}

/** Brings every Rollout to a stage: tells those that wait to go on, and waits until all are there. */
export async function reachStage(
  context: Context,
  rollouts: readonly ObjectReference[],
  stage: EngineStage,
): Promise<void> {
  for (const rollout of rollouts) await reach(context, rollout, stage);
}

async function reach(context: Context, rollout: ObjectReference, stage: EngineStage): Promise<void> {
  let told = false;
  for (let looks = 0; ; looks += 1) {
    const progress = rolloutProgress(await look(context, rollout), stage);
    if (progress.at === 'reached') return;
    if (progress.at === 'failed')
      throw new GivenUp(endedBadly('assertion', `Rollout ${rollout.name}: ${progress.message}`));
    // Told once: the controller may need a moment until its status shows it.
    if (progress.at === 'due' && !told) {
      await kubectl(context, promoteWords(context.settings, asWorkload(rollout)));
      told = true;
    }
    const pauseMs = LOOKS_MS[Math.min(looks, LOOKS_MS.length - 1)] ?? 0;
    await context.session.host.clock.sleep(pauseMs, context.signal);
  }
}

async function look(context: Context, rollout: ObjectReference): Promise<KubernetesObject> {
  const stdin = renderObjects([asObject(rollout)]);
  const [object] = parseObjects(
    await kubectl(context, liveWords(context.settings), { stdin, capture: true }),
  );
  if (object === undefined) throw new GivenUp(endedBadly('not-found', `Rollout ${rollout.name} is gone`));
  return object;
}

/** Gives the template from before all traffic again; one that has it already is only waited for. */
export async function returnRollouts(
  context: Context,
  noted: KubernetesCapture['workloads'],
  live: readonly KubernetesObject[],
): Promise<void> {
  const { settings } = context;
  for (const { reference, revision, template } of noted) {
    const now = live.find((object) => isSameObject(referenceTo(object), reference));
    if (now === undefined) throw new GivenUp(endedBadly('not-found', `Rollout ${reference.name} is gone`));
    if (templateHash(now) !== template)
      await kubectl(context, undoRolloutWords(settings, asWorkload(reference), revision));
    await kubectl(context, promoteFullWords(settings, asWorkload(reference)));
    await reach(context, reference, { kind: 'whole' });
  }
}
