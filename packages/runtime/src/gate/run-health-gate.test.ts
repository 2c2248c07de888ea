import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reportItem } from '@sophia/core/report/judge';
import { startEcho } from '@sophia/standins/echo';

import type { Host, Variables } from '../host/host.ts';
import { startSession } from '../host/session.ts';
import { quietSession } from './gate.fixture.ts';
import { runHealthGate } from './run-health-gate.ts';
import type { HealthGateInputs } from './run-health-gate.ts';

const inputs: HealthGateInputs = {
  checks: [],
  exceptKinds: [],
  failOn: 'critical',
  force: false,
  forceReason: '',
  history: 'none',
  githubToken: '',
};

let directory: string;
let echo: Awaited<ReturnType<typeof startEcho>>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sophia-gate-'));
  echo = await startEcho();
});
afterEach(async () => {
  await echo.close();
  await rm(directory, { recursive: true });
});

const EVENT = { name: 'push', pullRequest: undefined, fork: false, payload: {} };
const RUN = {
  repository: 'acme/app',
  sha: '',
  runId: 1,
  attempt: 1,
  job: 'j',
  actor: 'octocat',
  event: 'push',
  ref: '',
};

async function session(yaml: string, host: Partial<Host> = {}, variables: Variables = {}) {
  await writeFile(join(directory, 'sophia.yml'), yaml);
  const base = quietSession(variables, { event: EVENT, run: RUN, ...host });
  return startSession('health-gate', base.host, {
    ...base.common,
    config: 'sophia.yml',
    workingDirectory: directory,
  });
}

const failing = () => `version: 1
gate: { canaries: [] }
checks:
  well: { kind: http, url: "${echo.url}/health" }
  ill: { kind: http, url: "${echo.url}/status/401" }
`;

describe('health-gate', () => {
  test('a failed critical check fails the step, at its line of the file', async () => {
    const outcome = await runHealthGate(inputs, await session(failing()));
    expect(outcome).toMatchObject({
      status: 'failure',
      passes: false,
      summary: '1 of 2 checks hold; ill: HTTP 401, expected a success (2xx)',
      outputs: {
        'pass-rate': '0.5',
        score: '0.5',
        'failed-checks': '["ill"]',
        'root-causes': '["ill: HTTP 401, expected a success (2xx)"]',
      },
      annotations: [
        {
          level: 'error',
          title: 'check ill',
          line: 5,
          column: 3,
          file: expect.stringMatching(/sophia\.yml$/),
        },
      ],
      extra: { failed_services: ['ill'], esc_status: 'unknown' },
      reportFile: 'health_gate_report.json',
    });
  });

  test.each([
    ['never', 'failure', true],
    ['critical', 'failure', false],
    ['warning', 'failure', false],
  ] as const)('fail-on %s: %s, and the step passes: %s', async (failOn, status, passes) => {
    expect(await runHealthGate({ ...inputs, failOn }, await session(failing()))).toMatchObject({
      status,
      passes,
    });
  });

  test('force passes with who and why in the report', async () => {
    const outcome = await runHealthGate(
      { ...inputs, force: true, forceReason: 'incident 7' },
      await session(failing()),
    );
    expect(outcome).toMatchObject({
      status: 'warning',
      passes: true,
      summary: expect.stringMatching(/^forced by octocat \(incident 7\): would be failure/),
      details: { forced: { reason: 'incident 7', actor: 'octocat', verdict: 'failure' } },
    });
  });

  test.each<[string, Partial<HealthGateInputs>, Partial<Host>, string]>([
    ['force without a reason', { force: true }, {}, 'usage'],
    [
      'force on a pull request',
      { force: true, forceReason: 'x' },
      { event: { ...EVENT, name: 'pull_request' } },
      'trust',
    ],
    [
      'force on a pull request of another event',
      { force: true, forceReason: 'x' },
      { event: { ...EVENT, pullRequest: 7 } },
      'trust',
    ],
    ['a history that is not there', { history: 'nowhere' }, {}, 'environment'],
    ['an unknown check', { checks: ['illl'] }, {}, 'usage'],
    ['an unknown kind', { exceptKinds: ['htp'] }, {}, 'usage'],
  ])('%s is refused before anybody is asked', async (...row) => {
    const [_, own, host, code] = row;
    const asked = session(failing(), host);
    await expect(runHealthGate({ ...inputs, ...own }, await asked)).rejects.toMatchObject({ code });
    expect(echo.requests).toEqual([]);
  });

  test('a command is refused under an event whose head may be anybody’s', async () => {
    const yaml = `version: 1\nchecks: { c: { kind: command, run: "touch ${directory}/ran" } }\n`;
    const host = { kind: 'actions' as const, event: { ...EVENT, name: 'pull_request_target' } };
    await expect(runHealthGate(inputs, await session(yaml, host))).rejects.toMatchObject({ code: 'trust' });
  });

  test('the section mcp is not read where no check of kind fleet is', async () => {
    const yaml = `${failing()}mcp: { root: "\${NOT_SET_ANYWHERE}" }\n`;
    expect((await runHealthGate(inputs, await session(yaml))).items).toHaveLength(2);
  });

  test('nor where the one that is was left out', async () => {
    const yaml = `${failing()}  fleet: { kind: fleet }\nmcp: { root: "\${NOT_SET_ANYWHERE}" }\n`;
    const { items } = await runHealthGate({ ...inputs, exceptKinds: ['fleet'] }, await session(yaml));
    expect(items).toHaveLength(2);
  });

  test('without a fleet in this job, a check of it is refused, and says how to start one', async () => {
    const yaml =
      'version: 1\nchecks: { fleet: { kind: fleet, retries: 0 } }\nmcp: { servers: { a: { command: [node, a.js], port: 9000 } } }\n';
    const variables = { RUNNER_TEMP: directory };
    const { items } = await runHealthGate(inputs, await session(yaml, {}, variables));
    expect(items[0]).toMatchObject({ status: 'failure', category: 'refused', message: 'no fleet runs here' });
  });

  test('no check at all is a warning: nothing was proven', async () => {
    expect(await runHealthGate(inputs, await session('version: 1\nchecks: {}\n'))).toMatchObject({
      status: 'warning',
      passes: true,
    });
  });

  test('a limit against the baseline of earlier runs is judged once there are five', async () => {
    const yaml = `version: 1\nchecks: { slow: { kind: http, url: "${echo.url}/health", max-latency: "+20% of baseline" } }\n`;
    echo.fail('slow', { delayMs: 150 });
    const earlier = async (index: number) => {
      const item = reportItem({ name: 'slow', kind: 'http', details: { latencyMs: 5 } });
      const report = {
        ...{ schema: 'sophia-report/1', kind: 'health-gate', status: 'success', environment: 'default' },
        ...{
          deploymentId: 'd',
          startedAt: new Date(index).toISOString(),
          durationMs: 1,
          run: RUN,
          items: [item],
        },
        ...{ metrics: {}, summary: '', details: {} },
      };
      await mkdir(join(directory, 'history', String(index)), { recursive: true });
      await writeFile(
        join(directory, 'history', String(index), 'health_gate_report.json'),
        JSON.stringify(report),
      );
    };
    for (const index of [1, 2, 3, 4]) await earlier(index);
    await writeFile(join(directory, 'history', 'other.json'), 'no json');
    const few = await runHealthGate({ ...inputs, history: 'history' }, await session(yaml));
    expect(few).toMatchObject({
      status: 'success',
      details: { history: expect.stringMatching(/only 4 earlier runs/) },
    });
    await earlier(5);
    const enough = await runHealthGate({ ...inputs, history: 'history' }, await session(yaml));
    expect(enough).toMatchObject({
      status: 'failure',
      items: [
        { category: 'assertion', details: { limitMs: 15, baseline: { medianMs: 5, madMs: 0, runs: 5 } } },
      ],
      metrics: { historyRuns: 5, rollingPassRate: 1, rollingLowerBound: expect.closeTo(0.649, 3) },
    });
  });

  test('a minimum score fails the gate', async () => {
    const yaml = failing()
      .replace('canaries: []', 'canaries: [], minimum-score: 0.9')
      .replace('/status/401"', '/status/401", severity: warning');
    expect(await runHealthGate(inputs, await session(yaml))).toMatchObject({
      status: 'failure',
      passes: false,
    });
  });

  test('says a line a check as it ends, with what to do next', async () => {
    const lines: string[] = [];
    const log = {
      debug: () => undefined,
      info: (line: string) => void lines.push(line),
      warning: () => undefined,
      error: () => undefined,
    };
    await runHealthGate(inputs, await session(failing(), { log }));
    expect(lines.sort()).toEqual([
      expect.stringMatching(
        /^FAILED {2}ill \[unauthorized\]: HTTP 401, expected a success \(2xx\) \(\d+ ms\)\n {2}-> the key/,
      ),
      expect.stringMatching(/^ok {6}well: HTTP 200 \(\d+ ms\)$/),
    ]);
  });
});
