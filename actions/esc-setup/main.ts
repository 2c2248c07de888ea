import { runAction } from '@sophia/runtime/host/run-action';

import { definition } from './definition.ts';

await runAction(definition, async () => (await import('@sophia/runtime/secrets/run-esc-setup')).runEscSetup);
