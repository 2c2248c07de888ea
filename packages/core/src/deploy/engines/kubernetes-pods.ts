import { z } from 'zod';

import type { KubernetesObject } from './kubernetes-objects.ts';

const setSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), generation: z.number() }),
  status: z
    .looseObject({ observedGeneration: z.number().optional(), updateRevision: z.string().optional() })
    .default({}),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({ ownerReferences: z.array(z.looseObject({ uid: z.string() })).default([]) }),
  status: z
    .looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

/** A StatefulSet, as its pods know it. */
export interface SetOfPods {
  readonly uid: string;
  /** The name of the revision that its pods are to have. */
  readonly revision: string;
}

/** @returns a StatefulSet as its pods know it, or undefined until its controller has seen the last change. */
export function setOfPods(object: KubernetesObject): SetOfPods | undefined {
  const { metadata, status } = setSchema.parse(object);
  if (status.observedGeneration !== metadata.generation || status.updateRevision === undefined)
    return undefined;
  return { uid: metadata.uid, revision: status.updateRevision };
}

/** @returns those of the pods that are the set's, and not ready. */
export const unreadyOf = (
  { uid }: SetOfPods,
  pods: readonly KubernetesObject[],
): readonly KubernetesObject[] =>
  pods.filter((pod) => {
    const { metadata, status } = podSchema.parse(pod);
    const isReady = status.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
    return !isReady && metadata.ownerReferences.some((owner) => owner.uid === uid);
  });
