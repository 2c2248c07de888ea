import { z } from 'zod';

import { filledText, strictMap } from '../../config/fields.ts';

/** `deployment/web`: the kinds that `kubectl rollout` knows. */
const WORKLOAD = /^(deployment|statefulset|daemonset)\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** What the engine `kubernetes` is told. Parsing its own output gives the same again: it is read back from journals. */
export const kubernetesSettings = strictMap({
  manifests: z
    .union([filledText().transform((path) => [path]), z.array(filledText()).min(1)], {
      error: 'expected a file or folder of manifests, or a list of them',
    })
    .describe('Files or folders of manifests, relative to the working directory.'),
  namespace: filledText().optional().describe('For objects whose manifest names none.'),
  context: filledText().optional().describe('The context of the kubeconfig; default: its current one.'),
  images: z
    .record(filledText(), filledText(), { error: 'expected a map of image names to references' })
    .default({})
    .describe('Name of an image in the manifests, without tag -> the reference to deploy instead.'),
  workloads: z
    .array(filledText().regex(WORKLOAD, 'expected deployment/NAME, statefulset/NAME or daemonset/NAME'))
    .optional()
    .describe('Rollouts to wait for; default: every workload in the manifests.'),
  'working-directory': filledText().optional(),
});

export type KubernetesSettings = z.output<typeof kubernetesSettings>;
