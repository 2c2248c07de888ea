// `npm start`: the nine-job master workflow on this machine, with the bundles of `release/`, then a canary. Options
// after `--`:
//   --event push|pull_request|workflow_dispatch   --input NAME=VALUE   --fail PHASE   --keep
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { build } from './build.mjs';
import { requireProgram, root, setUp } from './setup.mjs';

requireProgram('bash', 'install bash: the steps of a workflow run in it, as on GitHub');
const node = setUp();
await build();

const child = spawn(node, [join(root, 'scripts/demo/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  // The channel tells the demonstration when this process is gone, so that nothing outlives it.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, NODE_NO_WARNINGS: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => process.exit(signal === null ? code : 130));
