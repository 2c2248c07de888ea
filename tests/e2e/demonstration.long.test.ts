import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { out, ownProcesses, runDemonstration } from './demonstration.ts';
import { NINE } from './nine-jobs.ts';

const MINUTES_5 = 300_000;
interface Workflow {
  readonly event: string;
  readonly result: string;
  readonly jobs: readonly {
    id: string;
    result: string;
    durationMs: number;
    steps: readonly { name: string; result: string }[];
  }[];
}

const read = (path: string) => readFileSync(join(out, path), 'utf8');
const workflow = () => JSON.parse(read('workflow.json')) as Workflow;
const resultOf = (id: string) => workflow().jobs.find((job) => job.id === id)?.result;
const journals = () => readdirSync(join(out, 'logs/deployments')).filter((name) => name.endsWith('.jsonl'));

let before: ReadonlyMap<number, string>;
beforeEach(() => {
  before = ownProcesses();
});
afterEach(() => {
  const left = [...ownProcesses()].filter(([pid]) => !before.has(pid));
  expect(left).toEqual([]);
});

describe('npm start', () => {
  test(
    'a push: nine jobs, a deployment that answers, every file that the contract names, and a canary',
    async () => {
      const run = await runDemonstration([]);
      expect({ exitCode: run.exitCode, tail: run.exitCode === 0 ? '' : run.output.slice(-4_000) }).toEqual({
        exitCode: 0,
        tail: '',
      });
      expect(
        workflow()
          .jobs.map((job) => job.id)
          .sort(),
      ).toEqual([...NINE].sort());
      expect(workflow().jobs.every((job) => job.result === 'success')).toBe(true);
      for (const file of [
        'report/index.html',
        'comment.md',
        'summary.md',
        'esc_setup_report.json',
        'health_gate_report.json',
        'mcp_status_report.json',
      ]) {
        expect([file, existsSync(join(out, file))]).toEqual([file, true]);
      }
      expect(journals()).toHaveLength(1);
      expect(run.output).toMatch(/the deployed backend answers: 200 .*sophia-production-\d+/);
      expect(run.output.split('\n').filter((line) => /^release .* requests failed$/.test(line))).toEqual([
        'release 1: 100 %; 0 of 200 requests failed',
        'release 2: 100 %; 0 of 200 requests failed',
        'release 2: 100 %; 0 of 200 requests failed',
      ]);
      expect(run.output).toContain('rolled back after application/analysis-10 failed');
      expect(run.output.trimEnd().endsWith(join(out, 'report/index.html'))).toBe(true);
    },
    MINUTES_5,
  );

  test(
    '--fail backend: the phase fails, the release before answers again, and the run ends red',
    async () => {
      const run = await runDemonstration(['--fail', 'backend']);
      expect(run.exitCode).toBe(1);
      expect(resultOf('production-deployment')).toBe('failure');
      expect(resultOf('deployment-notification')).toBe('success');
      expect(run.output).toMatch(/the deployed backend answers: 200 .*sophia-production-1700000000/);
      const [journal = ''] = journals();
      const types = read(`logs/deployments/${journal}`)
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type);
      expect(types).toContain('rollback.started');
      expect(types.at(-1)).toBe('deployment.finished');
      expect(read('report/index.html')).toContain('backend');
    },
    MINUTES_5,
  );

  test(
    '--event pull_request: deploys nothing, and leaves a comment',
    async () => {
      const run = await runDemonstration(['--event', 'pull_request']);
      expect({ exitCode: run.exitCode, tail: run.exitCode === 0 ? '' : run.output.slice(-4_000) }).toEqual({
        exitCode: 0,
        tail: '',
      });
      expect(resultOf('production-deployment')).toBe('skipped');
      expect(resultOf('post-deployment-validation')).toBe('skipped');
      expect(read('comment.md')).toMatch(/^<!-- sophia:pr-report/);
      expect(run.output).toMatch(/comments on the pull request: 1/);
    },
    MINUTES_5,
  );

  test(
    '--event workflow_dispatch deploys where it is told to',
    async () => {
      const run = await runDemonstration([
        '--event',
        'workflow_dispatch',
        '--input',
        'environment=development',
        '--input',
        'skip_tests=true',
      ]);
      expect(run.exitCode).toBe(0);
      expect(run.output).toMatch(/the deployed backend answers: 200 .*sophia-development-\d+/);
    },
    MINUTES_5,
  );
});

test(
  '--keep starts the fleet again after the last job, and Ctrl-C stops it',
  async () => {
    let sent = false;
    const run = await runDemonstration(['--event', 'pull_request', '--keep'], (output, signal) => {
      if (sent || !output.includes('the fleet runs: ')) return;
      sent = true;
      signal('SIGINT');
    });
    expect(run.output).toContain('9 of 9 servers are healthy');
    expect(run.output).toMatch(/9 servers stopped, nothing is left of them/);
    expect({ sent, exitCode: run.exitCode }).toEqual({ sent: true, exitCode: 0 });
  },
  MINUTES_5,
);

describe('Ctrl-C ends it at once and leaves nothing behind', () => {
  test.each([
    ['while it starts', /environment-setup/],
    ['while jobs run side by side', /mcp-validation/],
    ['while the fleet runs', /mcp-validation \/ Validate the registry/],
    ['while it deploys', /production-deployment \/ Secrets/],
    ['while the canary has a part of the traffic', /application\/analysis-10 starts/],
  ])(
    '%s',
    async (_, moment) => {
      let sent = 0;
      const run = await runDemonstration([], (output, signal) => {
        if (sent > 0 || !moment.test(output)) return;
        sent = performance.now();
        signal('SIGINT');
      });
      expect(run.exitCode).toBe(130);
      expect(run.output).not.toMatch(/\n\s+at .*:\d+:\d+/);
    },
    MINUTES_5,
  );
});
