// `npm run mutation [AREA ...]`: would the tests notice? Stryker changes the sources where a wrong decision costs most,
// one place at a time, and runs the tests beside them. Under 80 % noticed in any area is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { root, setUp } from './setup.mjs';

const LEAST_PERCENT = 80;
/** Each property is tried this often a mutant: a mutant that so many examples do not show is left to a test by name. */
const PROPERTY_RUNS = 50;

const AREAS = {
  graph: { sources: ['graph'], tests: ['graph'] },
  verdict: {
    sources: ['gate/verdict', 'gate/fold', 'gate/score'],
    tests: ['gate/verdict', 'gate/fold', 'gate/score'],
  },
  deployment: {
    sources: ['deploy/transition', 'deploy/next-event'],
    tests: [
      'deploy/transition',
      'deploy/saga-forward',
      'deploy/saga-rollback',
      'deploy/saga-regions',
      'deploy/saga-refusals',
    ],
  },
  fleet: {
    sources: ['fleet/server-transition', 'fleet/fleet-machine'],
    tests: ['fleet/server-transition', 'fleet/fleet-events', 'fleet/fleet-machine'],
  },
  redactor: {
    sources: ['secrets/masks', 'secrets/mask-automaton', 'secrets/mask-scanner', 'secrets/redact'],
    tests: ['secrets/masks', 'secrets/redact'],
  },
};

/** What Stryker calls a mutant that a test noticed, and one that none did. */
const NOTICED = ['Killed', 'Timeout'];
const MISSED = ['Survived', 'NoCoverage'];

const node = setUp();
const core = join(root, 'packages/core');
const stryker = join(core, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in AREAS));
if (unknown.length > 0) {
  console.error(
    `error: there is no area ${unknown.join(', ')}\n  hint: there are ${Object.keys(AREAS).join(', ')}`,
  );
  process.exit(2);
}

let failed = 0;
mkdirSync(join(root, 'out/mutation'), { recursive: true });
for (const [area, { sources, tests }] of Object.entries(AREAS)) {
  if (wanted.length > 0 && !wanted.includes(area)) continue;
  const report = join(root, 'out/mutation', `${area}.json`);
  rmSync(report, { force: true });
  const { stdout } = spawnSync(node, [stryker, 'run'], {
    cwd: core,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      SOPHIA_AREA: area,
      SOPHIA_MUTATE: sources.join(','),
      SOPHIA_MUTATION_TESTS: tests.join(','),
      SOPHIA_PROPERTY_RUNS: String(PROPERTY_RUNS),
    },
  });
  if (!existsSync(report)) {
    console.log(`${stdout}\n${area}: the mutants were not tested to their end`);
    failed += 1;
    continue;
  }
  const statuses = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap(({ mutants }) =>
    mutants.map(({ status }) => status),
  );
  const count = (names) => statuses.filter((status) => names.includes(status)).length;
  const [noticed, missed] = [count(NOTICED), count(MISSED)];
  const percent = (100 * noticed) / Math.max(1, noticed + missed);
  const verdict = percent >= LEAST_PERCENT ? 'ok' : `under ${LEAST_PERCENT} %`;
  if (percent < LEAST_PERCENT) failed += 1;
  console.log(
    `${area.padEnd(12)} ${percent.toFixed(1).padStart(5)} %  ${noticed} of ${noticed + missed} noticed  ${verdict}`,
  );
}
process.exit(failed === 0 ? 0 : 1);
