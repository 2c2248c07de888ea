import { runAction } from '@sophia/runtime/host/run-action';

import { definition } from './definition.ts';

// The fleet's supervisor is this bundle, started again.
if (process.argv[2] === 'supervise') {
  await (await import('@sophia/runtime/fleet/supervise')).supervise(process.argv[3] ?? '');
}
await runAction(
  definition,
  async () => (await import('@sophia/runtime/fleet/run-orchestrate')).runOrchestrate,
);
