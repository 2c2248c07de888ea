// `npm run bench [NAME ...]`: measures what the documentation promises, on an otherwise idle machine. Figures go to
// bench/out/NAME.json and to a table; a figure over its limit is shown, not failed: timing is no test.
import { join } from 'node:path';

import { build } from './build.mjs';
import { root, runHere, setUp } from './setup.mjs';

const node = setUp();
await build();
process.exit(
  runHere(node, [join(root, 'bench/run.ts'), ...process.argv.slice(2)], { NODE_NO_WARNINGS: '1' }),
);
