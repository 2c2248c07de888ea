import { deleteWords, liveWords, otherPodsWords } from '@sophia/core/deploy/engines/kubernetes-commands';
import {
  asObject,
  parseObjects,
  referenceTo,
  renderObjects,
} from '@sophia/core/deploy/engines/kubernetes-objects';
import type { ObjectReference } from '@sophia/core/deploy/engines/kubernetes-objects';
import { setOfPods, unreadyOf } from '@sophia/core/deploy/engines/kubernetes-pods';
import type { SetOfPods } from '@sophia/core/deploy/engines/kubernetes-pods';
import type { KubernetesSettings } from '@sophia/core/deploy/engines/kubernetes-settings';

import type { EngineContext } from './engine.ts';
import { kubectl } from './kubectl.ts';
import { GivenUp } from './run-judged.ts';

const LOOK_MS = 250;

/**
 * Deletes pods of a StatefulSet that are not ready and of another revision than it is to have: its controller waits for
 * them for ever, also after `rollout undo` (Kubernetes calls that a forced rollback).
 */
export async function deleteStuckPods(
  context: EngineContext<KubernetesSettings>,
  reference: ObjectReference,
): Promise<void> {
  const set = await whenSeen(context, reference);
  if (set === undefined) return;
  try {
    await deleteUnready(context, reference, set);
  } catch (error) {
    // Who may change StatefulSets need not have a right to pods; without stuck pods it goes well all the same.
    if (!(error instanceof GivenUp)) throw error;
    context.say('WARNING', `pods that block StatefulSet ${reference.name} could not be looked for`);
  }
}

async function deleteUnready(
  context: EngineContext<KubernetesSettings>,
  reference: ObjectReference,
  set: SetOfPods,
): Promise<void> {
  const { settings } = context;
  const words = otherPodsWords(settings, reference.namespace, set.revision);
  const pods = unreadyOf(set, parseObjects(await kubectl(context, words, { capture: true })));
  if (pods.length === 0) return;
  const names = pods.map(({ metadata }) => metadata.name).join(', ');
  context.say('WARNING', `never ready, and StatefulSet ${reference.name} waits for them: deleted: ${names}`);
  const stdin = renderObjects(pods.map((pod) => asObject(referenceTo(pod))));
  await kubectl(context, deleteWords(settings), { stdin });
}

/** Undefined where it is gone. The step's timeout ends the wait: no kubectl runs any more then, which gives up. */
async function whenSeen(
  context: EngineContext<KubernetesSettings>,
  reference: ObjectReference,
): Promise<SetOfPods | undefined> {
  const stdin = renderObjects([asObject(reference)]);
  for (;;) {
    const [object] = parseObjects(
      await kubectl(context, liveWords(context.settings), { stdin, capture: true }),
    );
    const set = object && setOfPods(object);
    if (object === undefined || set !== undefined) return set;
    await context.session.host.clock.sleep(LOOK_MS, context.signal);
  }
}
