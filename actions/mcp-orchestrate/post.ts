import { runPost } from '@sophia/runtime/host/run-post';

import { definition } from './definition.ts';

await runPost(
  definition,
  async () => (await import('@sophia/runtime/fleet/run-orchestrate-post')).runOrchestratePost,
);
