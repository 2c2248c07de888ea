import { parseCapture, renderCapture } from '@sophia/core/deploy/engines/kubernetes-capture';
import type { KubernetesCapture } from '@sophia/core/deploy/engines/kubernetes-capture';
import {
  applyWords,
  deleteWords,
  historyWords,
  judgeWords,
  liveWords,
  renderWords,
  statusWords,
  undoWords,
} from '@sophia/core/deploy/engines/kubernetes-commands';
import type { Workload } from '@sophia/core/deploy/engines/kubernetes-commands';
import {
  asObject,
  hasRevisions,
  isSameObject,
  isWorkload,
  newestRevision,
  parseObjects,
  referenceTo,
  renderObjects,
  restorable,
  templateHash,
  withImages,
  workloadName,
} from '@sophia/core/deploy/engines/kubernetes-objects';
import type { KubernetesObject, ObjectReference } from '@sophia/core/deploy/engines/kubernetes-objects';
import type { KubernetesSettings } from '@sophia/core/deploy/engines/kubernetes-settings';

import { isRollout, rolloutRevision } from '@sophia/core/deploy/engines/kubernetes-rollout';
import { beginsChange } from '@sophia/core/deploy/engines/engine-act';

import { endedBadly, endedWell } from '../acts.ts';
import type { Engine, EngineContext } from './engine.ts';
import { givingUp, kubectl } from './kubectl.ts';
import { GivenUp } from './run-judged.ts';
import { deleteStuckPods } from './kubernetes-stateful.ts';
import { reachStage, returnRollouts, withStrategies } from './kubernetes-rollouts.ts';

type Context = EngineContext<KubernetesSettings>;

/** Applies manifests, waits for their rollouts, and goes back to the revisions from before. */
export const kubernetesEngine: Engine<KubernetesSettings> = {
  before: (context) => givingUp(async () => endedWell(renderCapture(await captureState(context)))),

  run: (context) =>
    givingUp(async () => {
      const { stage, settings } = context;
      const objects = await render(context);
      if (beginsChange(stage)) {
        await kubectl(context, applyWords(settings), { stdin: renderObjects(objects) });
        for (const workload of waitedFor(context, objects)) {
          await kubectl(context, statusWords(settings, workload));
        }
      }
      const rollouts = objects.filter(isRollout).map(referenceTo);
      await reachStage(context, rollouts, stage);
      return endedWell();
    }),

  undo: (context) =>
    givingUp(async () => {
      const capture = parseCapture(context.captured);
      if (capture === undefined) return endedBadly('protocol', 'the journal does not hold the state before');
      await restore(context, capture);
      return endedWell();
    }),
};

/** The manifests as objects, with the images of the settings and the steps of the strategy. */
async function render(context: Context): Promise<readonly KubernetesObject[]> {
  const { settings } = context;
  const printed = await kubectl(context, renderWords(settings), { capture: true });
  const { objects, unused } = withImages(parseObjects(printed), settings.images);
  if (unused.length > 0)
    throw new GivenUp(endedBadly('configuration', `no manifest has an image named ${unused.join(', ')}`));
  return context.stage.kind === 'whole' ? objects : withStrategies(objects, context.stage);
}

async function captureState(context: Context): Promise<KubernetesCapture> {
  const { settings } = context;
  const stdin = renderObjects(await render(context));
  const judged = parseObjects(await kubectl(context, judgeWords(settings), { stdin, capture: true }));
  const live = await liveObjects(context, judged.map(referenceTo));
  const isLive = (reference: ObjectReference) =>
    live.some((object) => isSameObject(referenceTo(object), reference));
  const { restored, left } = restorable(live);
  if (left.length > 0) {
    const names = left.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    context.say('WARNING', `an undo will not bring back what is in ${names}`);
  }
  return {
    created: judged.map(referenceTo).filter((reference) => !isLive(reference)),
    restored: [...restored],
    workloads: await revisions(context, live.filter(hasRevisions)),
  };
}

async function liveObjects(
  context: Context,
  references: readonly ObjectReference[],
): Promise<readonly KubernetesObject[]> {
  if (references.length === 0) return [];
  const stdin = renderObjects(references.map(asObject));
  return parseObjects(await kubectl(context, liveWords(context.settings), { stdin, capture: true }));
}

async function revisions(context: Context, workloads: readonly KubernetesObject[]) {
  const found: KubernetesCapture['workloads'] = [];
  for (const object of workloads) {
    const reference = referenceTo(object);
    const revision = isRollout(object) ? rolloutRevision(object) : await workloadRevision(context, reference);
    if (revision === undefined)
      throw new GivenUp(endedBadly('protocol', `${workloadName(reference)} has no revision to go back to`));
    found.push({ reference, revision, template: templateHash(object) });
  }
  return found;
}

async function workloadRevision(context: Context, reference: ObjectReference): Promise<string | undefined> {
  const words = historyWords(context.settings, asWorkload(reference));
  return newestRevision(await kubectl(context, words, { capture: true }));
}

const asWorkload = (reference: ObjectReference): Workload => ({
  name: workloadName(reference),
  namespace: reference.namespace,
});

function waitedFor({ settings }: Context, objects: readonly KubernetesObject[]): readonly Workload[] {
  if (settings.workloads !== undefined) return settings.workloads.map((name) => ({ name, namespace: '' }));
  return objects.filter(isWorkload).map((object) => asWorkload(referenceTo(object)));
}

/** Each part looks at what is there first: an undo that was killed is done again. */
async function restore(context: Context, { created, restored, workloads }: KubernetesCapture): Promise<void> {
  const { settings } = context;
  if (restored.length > 0) {
    const stdin = renderObjects(restored.map((text): unknown => JSON.parse(text)));
    await kubectl(context, applyWords(settings), { stdin });
  }
  const live = await liveObjects(
    context,
    workloads.map(({ reference }) => reference),
  );
  for (const { reference, revision, template } of workloads.filter((one) => isWorkload(one.reference))) {
    const now = live.find((object) => isSameObject(referenceTo(object), reference));
    if (now === undefined)
      throw new GivenUp(endedBadly('not-found', `${workloadName(reference)} is gone: it cannot go back`));
    const workload = asWorkload(reference);
    // Its old template may be a newer revision by now: the template tells, and no number.
    if (templateHash(now) !== template) await kubectl(context, undoWords(settings, workload, revision));
    if (reference.kind === 'StatefulSet') await deleteStuckPods(context, reference);
    await kubectl(context, statusWords(settings, workload));
  }
  const rollouts = workloads.filter((one) => isRollout(one.reference));
  await returnRollouts(context, rollouts, live);
  if (created.length === 0) return;
  const stdin = renderObjects([...created].reverse().map(asObject));
  await kubectl(context, deleteWords(settings), { stdin });
}
