// Coverage of everything that tests run: what jest sees in its own process, and what the bundles do in theirs. The
// bundles are replaced by stand-ins that run the same entries from the sources, so that every line has its place.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { ACTIONS } from './build.mjs';
import { root } from './setup.mjs';

const home = join(root, 'out', 'coverage');
const raw = join(home, 'raw');
const tree = join(home, 'tree');
const jestFolder = join(home, 'jest');

/** Percent of lines and branches (the promise): core is where the decisions are. */
const LIMITS = { core: { lines: 90, branches: 90 }, all: { lines: 80, branches: 80 } };

/** Replaces itself by the source in the same process, with coverage on: a program's environment is no reliable way. */
const standIn = (source) => `'use strict';
const { argv, env, execArgv, execPath } = process;
if (env.NODE_V8_COVERAGE === undefined)
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, NODE_V8_COVERAGE: ${JSON.stringify(raw)}, NODE_NO_WARNINGS: '1' });
else import(${JSON.stringify(join(root, source))});
`;

/** @returns {Record<string, string>} the variables with which tests run programs from their sources */
export function prepareCoverage() {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  const entries = [
    ...ACTIONS.map((name) => [`${name}/dist/index.js`, `actions/${name}/main.ts`]),
    ...ACTIONS.map((name) => [`${name}/dist/post/index.js`, `actions/${name}/post.ts`]),
    ['cli/index.js', 'packages/cli/src/main.ts'],
  ];
  for (const [path, source] of entries) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), standIn(source));
  }
  return { SOPHIA_COVERAGE_TREE: tree };
}

/** What jest is told so that its own coverage can be merged. */
export const jestCoverage = ['--coverage', `--coverageDirectory=${jestFolder}`, '--coverageReporters=json'];

const SOURCES =
  /^(packages\/[^/]+\/src|actions\/[^/]+)\/(?!.*(\.test|\.fixture)\.ts$)(?!.*\/fixtures\/).*\.ts$/;

function childCoverage(node) {
  const { status, stderr } = spawnSync(
    node,
    [
      createRequire(join(root, 'package.json')).resolve('c8/bin/c8.js'),
      ...['report', '--temp-directory', raw, '--reporter=json', '--reports-dir', join(home, 'children')],
      ...['--include=packages/*/src/**/*.ts', '--include=actions/*/*.ts', '--extension=.ts'],
    ],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`c8: ${stderr}`);
  return JSON.parse(readFileSync(join(home, 'children', 'coverage-final.json'), 'utf8'));
}

/**
 * Merges both, writes lcov, prints a table by package.
 *
 * @returns {boolean} whether the limits are held
 */
export function reportCoverage(node, folder) {
  const require = createRequire(join(root, 'package.json'));
  const { createCoverageMap } = require('istanbul-lib-coverage');
  const { createContext } = require('istanbul-lib-report');
  const map = createCoverageMap({});
  map.merge(JSON.parse(readFileSync(join(jestFolder, 'coverage-final.json'), 'utf8')));
  map.merge(childCoverage(node));
  map.filter((file) => SOURCES.test(relative(root, file)));
  const context = createContext({ dir: folder, coverageMap: map });
  require('istanbul-reports').create('lcovonly', { projectRoot: root }).execute(context);
  const parts = new Map([['all', map]]);
  for (const file of map.files()) {
    const part = relative(root, file).split('/').slice(0, 2).join('/').replace('packages/', '');
    if (!parts.has(part)) parts.set(part, createCoverageMap({}));
    parts.get(part).addFileCoverage(map.fileCoverageFor(file));
  }
  let holds = true;
  for (const [part, { lines, branches }] of [...parts].map(([name, of]) => [name, of.getCoverageSummary()])) {
    const limit = LIMITS[part] ?? { lines: 0, branches: 0 };
    const ok = lines.pct >= limit.lines && branches.pct >= limit.branches;
    holds &&= ok;
    const wanted =
      limit.lines === 0
        ? ''
        : ok
          ? '  ok'
          : `  under ${limit.lines} % of lines or ${limit.branches} % of branches`;
    console.log(
      `${part.padEnd(24)} lines ${String(lines.pct).padStart(6)} %  branches ${String(branches.pct).padStart(6)} %${wanted}`,
    );
  }
  return holds;
}
