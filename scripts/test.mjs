// `npm test`: every test that needs nothing but what npm brings. `--long`: chaos, floods, kill sweeps, and what needs
// programs from elsewhere. `--conformance`: programs of others beside ours. `--reports=FOLDER`: JUnit XML there, and with `--coverage` lcov. The last line is `N passed, N failed` (and `, N skipped`, each with its reason before it).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from './build.mjs';
import { jestCoverage, prepareCoverage, reportCoverage } from './coverage.mjs';
import { installConformanceTools } from './conformance-tools.mjs';
import { installDebianPackages } from './debian.mjs';
import { root, setUp } from './setup.mjs';

const kind = ['long', 'conformance'].find((name) => process.argv.includes(`--${name}`)) ?? 'quick';
const patterns = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const node = setUp();
if (kind === 'long') installDebianPackages();
const tools = kind === 'conformance' ? installConformanceTools(patterns) : {};
await build();

const result = join(root, 'out', 'tests', `${kind}.json`);
mkdirSync(join(root, 'out', 'tests'), { recursive: true });
rmSync(result, { force: true });
const reports = process.argv.find((word) => word.startsWith('--reports='))?.slice('--reports='.length);
const isCovered = process.argv.includes('--coverage');
const coverage = isCovered ? prepareCoverage() : {};
const reporters = reports === undefined ? [] : ['--reporters=default', '--reporters=jest-junit'];
const junit =
  reports === undefined
    ? {}
    : {
        JEST_JUNIT_OUTPUT_DIR: join(root, reports),
        JEST_JUNIT_OUTPUT_NAME: 'junit.xml',
        JEST_JUNIT_SUITE_NAME: 'sophia-actions',
      };
// One folder for all that tests make, and a short name: sockets in it have paths of 108 bytes at most.
const scratch = mkdtempSync(join(tmpdir(), 'st-'));
const jest = spawnSync(
  node,
  [
    '--experimental-vm-modules',
    join(root, 'node_modules/jest/bin/jest.js'),
    // Before the options of several values, which would take them.
    ...patterns,
    '--json',
    `--outputFile=${result}`,
    ...(isCovered ? jestCoverage : []),
    ...reporters,
  ],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      TMPDIR: scratch,
      [`SOPHIA_TEST_${kind.toUpperCase()}`]: '1',
      ...tools,
      ...coverage,
      ...junit,
    },
  },
);

try {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
} catch (error) {
  // What a failed test left mounted or running says nothing of the others.
  console.log(`${scratch} could not be removed: ${error.message}`);
}
if (!existsSync(result)) {
  console.log('the tests did not run to their end\n0 passed, 1 failed');
  process.exit(1);
}
const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
  readFileSync(result, 'utf8'),
);
const covers = !isCovered || reportCoverage(node, join(root, reports ?? 'out/coverage'));
const failed = numFailedTests + numRuntimeErrorTestSuites + (covers ? 0 : 1);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exit(failed > 0 || numPassedTests === 0 || jest.status !== 0 ? 1 : 0);
