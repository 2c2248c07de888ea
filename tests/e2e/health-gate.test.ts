import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAnthropic } from '@sophia/standins/anthropic';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';
import { startOpenAi } from '@sophia/standins/openai';
import { startPinecone } from '@sophia/standins/pinecone';
import { startSnowflake } from '@sophia/standins/snowflake';

import { programPath, runBundle } from './run-bundle.ts';
import type { BundleRequest, BundleRun } from './run-bundle.ts';

const SECRETS = {
  OPENAI_API_KEY: 'sk-fake-planted-0001',
  ANTHROPIC_API_KEY: 'sk-ant-fake-planted-0002',
  PINECONE_API_KEY: 'pc-fake-planted-0003',
  SNOWFLAKE_PASSWORD: 'pw-fake-planted-0004',
  SNOWFLAKE_TOKEN: 'pat-fake-planted-0006',
  BACKEND_TOKEN: 'bt-fake-planted-0005',
};

async function startAll() {
  return {
    openai: await startOpenAi({ apiKey: SECRETS.OPENAI_API_KEY }),
    anthropic: await startAnthropic({ apiKey: SECRETS.ANTHROPIC_API_KEY }),
    pinecone: await startPinecone({ apiKey: SECRETS.PINECONE_API_KEY }),
    snowflake: await startSnowflake({ user: 'svc', token: SECRETS.SNOWFLAKE_TOKEN }),
    echo: await startEcho(),
  };
}

let services: Awaited<ReturnType<typeof startAll>>;
let variables: Record<string, string>;
beforeAll(async () => {
  services = await startAll();
  variables = {
    ...SECRETS,
    OPENAI_BASE_URL: `${services.openai.url}/v1`,
    ANTHROPIC_BASE_URL: services.anthropic.url,
    PINECONE_CONTROLLER_HOST: services.pinecone.url,
    SNOWFLAKE_ACCOUNT: 'acme',
    SNOWFLAKE_USER: 'svc',
    SNOWFLAKE_HOST: services.snowflake.url,
    BACKEND_URL: services.echo.url,
  };
});
afterAll(() => Promise.all(Object.values(services).map((service) => service.close())));

const SERVICES = `version: 1
secrets:
  openai_api_key: {}
  backend_token: {}
checks:
  secrets: { kind: secrets }
  openai: { kind: openai }
  anthropic: { kind: anthropic }
  pinecone: { kind: pinecone }
  snowflake: { kind: snowflake }
  backend:
    kind: http
    url: "\${BACKEND_URL}/health"
    headers: { authorization: "Bearer \${BACKEND_TOKEN}" }
    expect: { json: { status: ok } }
`;

const gate = (inline: string, own: Partial<BundleRequest> = {}) =>
  runBundle({
    action: 'health-gate',
    ...own,
    inputs: { 'config-inline': inline, ...own.inputs },
    variables: { ...variables, ...own.variables },
  });

async function reportOf(run: BundleRun) {
  return JSON.parse(await readFile(run.outputs['report-path'] ?? '', 'utf8')) as {
    status: string;
    items: {
      name: string;
      status: string;
      category: string | null;
      attempts: number;
      foldedUnder: string | null;
    }[];
  } & Record<string, unknown>;
}

/** Everything that the run wrote, where a planted secret must not be. */
async function everyByte(run: BundleRun): Promise<string> {
  const report = await readFile(run.outputs['report-path'] ?? '', 'utf8');
  return [run.stdout, run.stderr, run.summary, JSON.stringify(run.outputs), report].join('\n');
}

describe('the bundle of health-gate', () => {
  test('passes where every service does, with the report and the outputs of the contract', async () => {
    const run = await gate(SERVICES);
    const report = await reportOf(run);
    expect([run.exitCode, run.outputs['status'], run.stderr]).toEqual([0, 'success', '']);
    expect(run.outputs).toMatchObject({
      'pass-rate': '1',
      score: '1',
      'failed-checks': '[]',
      'root-causes': '[]',
    });
    expect(run.outputs['report-path']).toBe(join(run.directory, 'health_gate_report.json'));
    expect(report).toMatchObject({
      schema: 'sophia-report/1',
      kind: 'health-gate',
      environment: 'default',
      deploymentId: expect.stringMatching(/^sophia-default-\d+$/),
      run: { repository: 'acme/app', runId: 812, attempt: 1, job: 'job', actor: 'octocat' },
      metrics: { passRate: 1, score: 1 },
      missing_secrets: [],
      failed_services: [],
      health_checks: [{ service: 'backend', status: 200 }],
      mcp_servers: [],
      esc_status: 'unknown',
    });
    expect(report.items.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'secrets success',
      'openai success',
      'anthropic success',
      'pinecone success',
      'snowflake success',
      'backend success',
    ]);
    expect(run.summary).toContain('health-gate: success');
  });

  test('every service fails in its own way: one screen with each cause, and no secret in any byte', async () => {
    services.openai.fail(401);
    services.anthropic.fail('credit_balance_too_low');
    services.pinecone.fail(503);
    services.snowflake.fail('incorrect_username_password');
    services.echo.fail('malformed');
    const run = await gate(SERVICES);
    for (const service of Object.values(services)) service.recover();
    const report = await reportOf(run);
    expect(run.exitCode).toBe(1);
    expect(report.items.map(({ name, category, attempts }) => [name, category, attempts])).toEqual([
      ['secrets', null, 1],
      ['openai', 'unauthorized', 1],
      ['anthropic', 'billing', 1],
      ['pinecone', 'server-error', 3],
      ['snowflake', 'unauthorized', 1],
      ['backend', 'protocol', 1],
    ]);
    expect(JSON.parse(run.outputs['root-causes'] ?? '')).toContain('snowflake: password refused (390100)');
    expect(run.stdout.split('\n').length).toBeLessThan(40);
    const bytes = await everyByte(run);
    for (const secret of Object.values(SECRETS)) {
      expect(bytes).not.toContain(secret);
      expect(bytes).not.toContain(Buffer.from(secret).toString('base64'));
    }
  });

  test('a service that says nothing does not keep the gate beyond its time', async () => {
    const silent = await startHostile('silent');
    const run = await gate(
      `version: 1\ngate: { timeout: 1s, canaries: [] }\nchecks:\n  a: { kind: http, url: "${silent.url}/" }\n  b: { kind: openai, base-url: "${silent.url}" }\n`,
    );
    await silent.close();
    expect((await reportOf(run)).items.map(({ category }) => category)).toEqual(['timeout', 'timeout']);
    expect(run.durationMs).toBeLessThan(8_000);
  });

  test('names the line of the file that defines a failed check', async () => {
    const first = await gate('version: 1\nchecks: {}\n');
    await writeFile(
      join(first.directory, 'gate.yml'),
      `version: 1\nchecks:\n  web:\n    kind: http\n    url: ${services.echo.url}/status/403\n`,
    );
    const run = await runBundle({
      action: 'health-gate',
      directory: first.directory,
      inputs: { config: 'gate.yml' },
      variables,
    });
    expect(run.stdout).toContain('::error file=gate.yml,line=3,col=3,title=check web::HTTP 403');
  });

  test('text of a service is no command of the runner, and no link or mention in the summary', async () => {
    const body = `${services.echo.url}/text?lines=3`;
    const run = await gate(
      `version: 1\nchecks: { c: { kind: http, url: "${body}", expect: { json: { a: 1 } } } }\n`,
    );
    expect(run.exitCode).toBe(1);
    const commands = run.stdout.split('\n').filter((line) => /^\s*::/.test(line));
    for (const command of commands) expect(command).toMatch(/^::(error|warning|add-mask|debug)/);
    expect(run.stdout).not.toMatch(/^::error::not a command/m);
  });

  test.each([
    [
      'an unknown key',
      { 'config-inline': 'version: 1\nchecks: { a: { kind: http, url: x, tiemout: 5s } }' },
      /timeout/,
    ],
    ['no configuration', { 'config-inline': '' }, /there is no configuration/],
    ['an unknown check', { checks: 'opnai' }, /no check is named "opnai".*openai/],
    ['a misspelt input', { 'fail-on': 'warnings' }, /expected one of critical, warning, never/],
    ['force without a reason', { force: 'true' }, /the input `force` needs a reason/],
  ])('%s is refused before anybody is asked, with a report', async (_, inputs, message) => {
    const before = services.openai.requests.length;
    const run = await gate(SERVICES, { inputs });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(message);
    expect(run.stdout).not.toMatch(/this is a bug|\bat .*\.js:/);
    expect(await reportOf(run)).toMatchObject({ status: 'failure', items: [] });
    expect(services.openai.requests).toHaveLength(before);
  });

  test('force passes, and the summary says who and why', async () => {
    const yaml = `version: 1\nchecks: { web: { kind: http, url: "${services.echo.url}/status/403" } }\n`;
    const run = await gate(yaml, { inputs: { force: 'true', 'force-reason': 'incident 7' } });
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'warning']);
    expect(run.summary).toMatch(/forced by octocat \(incident 7\)/);
  });

  test('fail-on: never leaves the verdict and passes the step', async () => {
    const yaml = `version: 1\nchecks: { web: { kind: http, url: "${services.echo.url}/status/403" } }\n`;
    const run = await gate(yaml, { inputs: { 'fail-on': 'never' } });
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'failure']);
  });

  test('a cancelled gate ends at once, with a report', async () => {
    const silent = await startHostile('silent');
    const run = await gate(
      `version: 1\nchecks: { a: { kind: http, url: "${silent.url}/", timeout: 30s } }\n`,
      {
        onStart: ({ kill }) => void setTimeout(() => kill('SIGINT'), 1_000),
      },
    );
    await silent.close();
    expect(run.exitCode).toBe(1);
    expect(run.durationMs).toBeLessThan(15_000);
    expect(await reportOf(run)).toMatchObject({
      status: 'failure',
      items: [{ name: 'a', message: 'the run was cancelled before it answered' }],
    });
  });
});

describe('sophia gate --replay', () => {
  const replay = (...args: readonly string[]) =>
    spawnSync(process.execPath, [programPath('cli/index.js'), 'gate', '--replay', ...args], {
      encoding: 'utf8',
    });

  test('judges a report again, offline, to the same bytes, and ends as the gate did', async () => {
    services.openai.fail(401);
    const run = await gate(SERVICES, { inputs: { force: 'true', 'force-reason': 'incident 7' } });
    services.openai.recover();
    const path = run.outputs['report-path'] ?? '';
    const replayed = replay(path, '--json');
    expect(replayed).toMatchObject({ status: 0, stderr: '', stdout: await readFile(path, 'utf8') });
  });

  test('does not believe a verdict that the items do not bear out', async () => {
    const run = await gate(
      `version: 1\nchecks: { web: { kind: http, url: "${services.echo.url}/status/403" } }\n`,
    );
    const path = join(run.directory, 'forged.json');
    const text = await readFile(run.outputs['report-path'] ?? '', 'utf8');
    await writeFile(path, text.replace('"status": "failure"', '"status": "success"'));
    const replayed = replay(path, '--json');
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toBe(text);
    expect(replayed.stderr).toContain('judged otherwise');
  });

  test('of something else is a usage error', () => {
    expect(replay('/nowhere.json').status).toBe(2);
  });
});
