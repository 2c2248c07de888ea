import type { Report } from '../envelope.ts';
import type { RunFacts } from '../pipeline/model.ts';
import type { SourceFile } from '../read/source.ts';
import { fleet, gate, healthy, secrets, unhealthy } from './sample-checks.ts';
import { deployed, journal, unlucky } from './sample-deployment.ts';
import { failedTest, file, junit, lcov, sarif } from './sample-files.ts';
import { sampleRun } from './sample-report.ts';

/** Two runs of one pipeline as its actions report them: the golden files and the screenshots are made of these. */
export interface Sample {
  readonly sources: readonly SourceFile[];
  readonly needs: string;
  readonly run: RunFacts;
}

const JOBS = [
  'environment-setup',
  'health-gate',
  'quality-security',
  'build-test',
  'mcp-validation',
  'production-deployment',
  'post-deployment-validation',
];

const needs = (results: Readonly<Record<string, string>>) =>
  JSON.stringify(
    Object.fromEntries(JOBS.map((job) => [job, { result: results[job] ?? 'success', outputs: {} }])),
  );

const artifact = (name: string, document: Report) => file(`sophia-${name}/${document.kind}.json`, document);

/** Everything went well; one server and one secret are warnings. */
export const greenSample: Sample = {
  run: sampleRun,
  needs: needs({}),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, healthy, 'success')),
    artifact('mcp', fleet),
    artifact('deploy', deployed),
    artifact('gate-after', gate('post-deployment-validation', 126_000, healthy, 'success')),
    junit(''),
    lcov,
  ],
};

/** A pull request whose gate and one test fail; nothing is deployed. */
export const blockedSample: Sample = {
  run: { ...sampleRun, event: 'pull_request', ref: 'refs/pull/7/merge', pullRequest: 7 },
  needs: needs({
    'health-gate': 'failure',
    'build-test': 'failure',
    'production-deployment': 'skipped',
    'post-deployment-validation': 'skipped',
  }),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, unhealthy, 'failure')),
    artifact('mcp', fleet),
    artifact('gate-old', {
      ...gate('health-gate', 14_000, healthy, 'success'),
      run: { ...secrets.run, runId: 640, sha: 'feedfacefeedfacefeedfacefeedfacefeedface' },
    }),
    junit(failedTest),
    lcov,
    sarif,
    { path: 'reports/notes.txt', text: 'nothing that is known' },
  ],
};

/** The deployment failed in its third phase and was rolled back. */
export const rolledBackSample: Sample = {
  run: sampleRun,
  needs: needs({ 'production-deployment': 'failure', 'post-deployment-validation': 'skipped' }),
  sources: [
    artifact('esc-setup', secrets),
    artifact('gate', gate('health-gate', 14_000, healthy, 'success')),
    artifact('mcp', fleet),
    artifact('deploy', unlucky),
    journal,
    junit(''),
    lcov,
    sarif,
  ],
};
