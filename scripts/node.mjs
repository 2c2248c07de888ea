// `node scripts/node.mjs FILE ...` runs a TypeScript source on the project's Node 24.
import { runHere, setUp } from './setup.mjs';

process.exit(runHere(setUp(), process.argv.slice(2)));
