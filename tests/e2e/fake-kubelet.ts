import type { ControlPlane } from './control-plane.ts';

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Between two looks at all pods. */
const LOOK_MS = 100;

/**
 * Plays all machines of a control plane: every pod is ready at once, but for those whose image has the tag `broken`,
 * which never are. It runs nothing.
 *
 * @returns what ends it
 */
export function startKubelet(plane: ControlPlane): () => Promise<void> {
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const { body } = await plane.ask('GET', '/api/v1/pods');
      const pods = (body as { readonly items?: readonly Pod[] }).items ?? [];
      for (const pod of pods.filter(isWaiting)) await makeReady(plane, pod);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  return async () => {
    isOver = true;
    await looking;
  };
}

const isWaiting = ({ metadata, spec, status }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  !spec.containers.some(({ image }) => image.endsWith(':broken')) &&
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') !== true;

/** A pod that is gone by now is no error. */
async function makeReady(plane: ControlPlane, { metadata: { name, namespace } }: Pod): Promise<void> {
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastTransitionTime: new Date().toISOString(),
  });
  const status = {
    phase: 'Running',
    conditions: ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map(condition),
  };
  await plane.ask('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status });
}
