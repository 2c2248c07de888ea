#!/usr/bin/env node
// `npx sophia` in a clone: the CLI's bundle of `release/`, built first where it is missing or older than the sources.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { build, release } from '../scripts/build.mjs';
import { setUp } from '../scripts/setup.mjs';

// A workflow on this machine runs the actions too, and on the Node that GitHub would give them.
const isWorkflow = process.argv[2] === 'workflow';
await build(isWorkflow ? [] : ['cli']);
const node = isWorkflow ? setUp() : process.execPath;
const child = spawn(node, [join(release, 'cli', 'index.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the child through the terminal; this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => process.exit(signal === null ? code : 130));
