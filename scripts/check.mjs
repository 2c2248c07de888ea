// `npm run check`: format, lint with the layer rules, types, and generated files in step. All of them run, two at a
// time; then the exit code says whether each was clean.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { root, setUp } from './setup.mjs';

const node = setUp();
const bin = (path) => join(root, 'node_modules', path);
const typesOf = (project) => [bin('typescript/bin/tsc'), '-p', project];

// The longest first. Two programs of the compiler hold every source once for each of the two ways that Node and the
// bundler find modules; the tsconfig.json of a folder is for editors and for `tsc -p`.
const checks = [
  ['lint', [bin('eslint/bin/eslint.js'), '.']],
  ['types', typesOf('tsconfig.sources.json')],
  ['types of what is bundled', typesOf('tsconfig.bundled.json')],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['generated files', ['scripts/generate.ts', '--check']],
];

/** @returns {Promise<boolean>} whether it was clean */
function check([name, args]) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trim());
      resolve(code === 0);
    });
  });
}

let failed = 0;
const queue = [...checks];
async function worker() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (!(await check(next))) failed += 1;
  }
}
await Promise.all([worker(), worker()]);
console.log(failed === 0 ? 'all checks are clean' : `${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);
