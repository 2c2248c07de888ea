import { z } from 'zod';

import type { Outputs } from '../event.ts';
import { referenceSchema } from './kubernetes-objects.ts';

const captureSchema = z.strictObject({
  /** Objects of the manifests that were not there. */
  created: z.array(referenceSchema),
  /** Manifests of objects that were there, as they were applied last. */
  restored: z.array(z.string()),
  workloads: z.array(
    z.strictObject({ reference: referenceSchema, revision: z.string().regex(/^\d+$/), template: z.string() }),
  ),
});

/** What the engine `kubernetes` notes before it changes anything. */
export type KubernetesCapture = z.output<typeof captureSchema>;

/** @returns the capture as outputs for the journal, each short enough. */
export const renderCapture = (capture: KubernetesCapture): Outputs =>
  Object.fromEntries(Object.entries(capture).map(([name, value]) => [name, JSON.stringify(value)]));

/** @returns the capture of a journal, or undefined where it is none. */
export function parseCapture(outputs: Outputs): KubernetesCapture | undefined {
  try {
    const values = Object.entries(outputs).map(([name, text]) => [name, JSON.parse(text) as unknown]);
    return captureSchema.safeParse(Object.fromEntries(values)).data;
  } catch {
    return undefined;
  }
}
