import { afterAll, beforeAll } from '@jest/globals';

import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { startKubelet } from './fake-kubelet.ts';

/**
 * A control plane with a kubelet for all tests of a file; none where a program is absent, and its tests are skipped.
 *
 * @param prepare puts more into it, before the first test
 * @returns it, from before the first test to after the last
 */
export function sharedPlane(
  absent: readonly string[],
  prepare: (plane: ControlPlane) => Promise<void> = () => Promise.resolve(),
): () => ControlPlane {
  let plane: ControlPlane | undefined;
  let endKubelet: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    if (absent.length > 0) return;
    plane = await startControlPlane();
    endKubelet = startKubelet(plane);
    await prepare(plane);
  }, 240_000);
  afterAll(async () => {
    await endKubelet?.();
    await plane?.close();
  }, 60_000);
  return () => {
    if (plane === undefined) throw new Error(`no control plane: ${absent.join(', ')} are not here`);
    return plane;
  };
}
