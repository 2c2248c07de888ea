// `npm run check`: format, lint with the layer rules, types, and generated files in step. All of them run, then the
// exit code says whether each was clean.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { root, setUp } from './setup.mjs';

const node = setUp();
const bin = (path) => join(root, 'node_modules', path);

const projects = ['packages', 'actions', 'tests']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
  .concat('scripts', 'bench')
  .filter((folder) => existsSync(join(root, folder, 'tsconfig.json')));

const checks = [
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), '.']],
  ...projects.map((folder) => [`types of ${folder}`, [bin('typescript/bin/tsc'), '--noEmit', '-p', folder]]),
  ['generated files', ['scripts/generate.ts', '--check']],
];

let failed = 0;
for (const [name, args] of checks) {
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (status === 0) continue;
  failed += 1;
  console.log(`${stdout}${stderr}`.trim());
}
console.log(failed === 0 ? 'all checks are clean' : `${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);
