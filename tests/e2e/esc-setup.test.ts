import { afterEach, describe, expect, test } from '@jest/globals';
import { escProperties, secret, unknownValue } from '@sophia/standins/esc-values';

import { masksOf, REFERENCE, setUp, startCloud, TOKEN } from './esc-setup-workspace.ts';
import type { Pulumi } from './esc-setup-workspace.ts';

let cloud: Pulumi;
afterEach(() => cloud?.close());

const RULES = `version: 1
esc: { environment: acme/default/app }
secrets:
  openai_api_key: {}
  snowflake_account: { mask: false }
  vercel_token: { required: false }
  database.password: { env: DB_PASSWORD, pattern: '^.{12,}$' }
`;

const VALUES = {
  openai_api_key: secret('sk-fake-0123456789'),
  snowflake_account: 'ab12345.eu-central-1',
  database: { host: 'db.internal', password: secret('correct-horse-battery') },
  service: secret({ keys: [{ id: 'key-of-the-first-service' }, { id: 'key-of-the-second-service' }] }),
  environmentVariables: { REGION: 'eu-central-1', SERVICE_URL: 'https://service.example.com' },
};

describe('with a configuration', () => {
  test('all that is required holds: two requests, values in the variables, names in the report', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({
      cloud,
      inputs: { 'esc-environment': '' },
      files: { '.github/sophia.yml': RULES },
    });
    expect([run.exitCode, run.shown]).toEqual([0, '\n']);
    expect(run.exported).toEqual({
      OPENAI_API_KEY: 'sk-fake-0123456789',
      SNOWFLAKE_ACCOUNT: 'ab12345.eu-central-1',
      DB_PASSWORD: 'correct-horse-battery',
      REGION: 'eu-central-1',
      SERVICE_URL: 'https://service.example.com',
    });
    expect(run.outputs).toMatchObject({
      status: 'success',
      'esc-status': 'connected',
      'missing-secrets': '[]',
    });
    expect(JSON.parse(run.outputs['exported'] ?? '')).toEqual(Object.keys(run.exported));
    expect(run.report.items.map(({ name, status, details }) => [name, status, details['source']])).toEqual([
      ['openai_api_key', 'success', 'definition'],
      ['snowflake_account', 'success', 'definition'],
      ['vercel_token', 'skipped', undefined],
      ['database.password', 'success', 'definition'],
    ]);
    expect(cloud.requests.map(({ method, path }) => `${method} ${path.replace(/[^/]{36}$/, 'ID')}`)).toEqual([
      'POST /api/esc/environments/acme/default/app/open?duration=5m',
      'GET /api/esc/environments/acme/default/app/open/ID',
    ]);
    expect(cloud.requests[0]?.headers['authorization']).toBe(`token ${TOKEN}`);
  });

  test('everything that does not hold is named at once, and nothing at all is exported', async () => {
    cloud = await startCloud({
      ...VALUES,
      openai_api_key: secret('PLACEHOLDER_KEY'),
      snowflake_account: '',
      database: { password: secret('short') },
    });
    const run = await setUp({ cloud, files: { '.github/sophia.yml': RULES } });
    expect([run.exitCode, run.exported]).toEqual([1, {}]);
    const missing = ['openai_api_key', 'snowflake_account', 'database.password'];
    expect(JSON.parse(run.outputs['missing-secrets'] ?? '')).toEqual(missing);
    expect(run.report).toMatchObject({ status: 'failure', details: { error: { code: 'requirements' } } });
    expect(run.report.items.map(({ message, category }) => [message, category])).toEqual([
      ['is still a placeholder (from the definition, line 3)', 'configuration'],
      ['is empty (from the definition, line 4)', 'configuration'],
      ['is not there; optional', null],
      ['does not match its pattern (from the definition, line 7)', 'assertion'],
    ]);
    for (const path of missing) expect(run.shown).toContain(path);
    expect(run.shown).toContain("esc env set acme/default/app 'openai_api_key' VALUE --secret");
    expect(run.shown).not.toContain('short"');
  });

  test('`on-missing: warn` exports what holds', async () => {
    cloud = await startCloud({ ...VALUES, openai_api_key: unknownValue() });
    const run = await setUp({
      cloud,
      inputs: { 'on-missing': 'warn' },
      files: { '.github/sophia.yml': RULES },
    });
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'warning']);
    expect(run.outputs['missing-secrets']).toBe('["openai_api_key"]');
    expect(Object.keys(run.exported).sort()).toEqual([
      'DB_PASSWORD',
      'REGION',
      'SERVICE_URL',
      'SNOWFLAKE_ACCOUNT',
    ]);
  });

  test('a rule whose variable would take over a process is refused before anybody is asked', async () => {
    cloud = await startCloud(VALUES);
    const files = {
      '.github/sophia.yml': `version: 1\nsecrets: { a.b: { env: LD_PRELOAD }, c: { env: node_options } }\n`,
    };
    const run = await setUp({ cloud, files });
    expect([run.exitCode, run.exported, cloud.requests]).toEqual([1, {}, []]);
    expect(run.shown).toMatch(/LD_PRELOAD is refused.*node_options is refused/);
    expect(run.outputs).toMatchObject({ 'esc-status': 'failed', exported: '[]' });
  });
});

describe('without any configuration file', () => {
  test("exports the environment's own variables and files, and removes the files in the end", async () => {
    cloud = await startCloud({
      environmentVariables: { REGION: 'eu', API_KEY: secret('own-secret-value') },
      files: { KUBECONFIG: secret('apiVersion: v1\nkind: Config\n'), EMPTY_FILE: '' },
    });
    const run = await setUp({ cloud });
    expect([run.exitCode, run.exported['REGION'], run.exported['API_KEY']]).toEqual([
      0,
      'eu',
      'own-secret-value',
    ]);
    const { stat, readFile } = await import('node:fs/promises');
    const path = run.exported['KUBECONFIG'] ?? '';
    expect(path.startsWith(`${run.runnerTemp}/`)).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('apiVersion: v1\nkind: Config\n');
    const folder = path.slice(0, path.lastIndexOf('/'));
    const modes = [await stat(path), await stat(folder)].map(({ mode }) => (mode & 0o777).toString(8));
    expect(modes).toEqual(['600', '700']);
    const post = { state: run.state, variables: { RUNNER_TEMP: run.runnerTemp } };
    const { runBundle } = await import('./run-bundle.ts');
    expect((await runBundle({ action: 'esc-setup', entry: 'post', ...post })).exitCode).toBe(0);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  test('`secrets` names what must hold; nested values, lists and structures have paths', async () => {
    cloud = await startCloud(VALUES);
    const secrets = 'openai_api_key, service.keys[1].id\nservice';
    const run = await setUp({ cloud, inputs: { secrets } });
    expect(run.exported).toMatchObject({
      OPENAI_API_KEY: 'sk-fake-0123456789',
      SERVICE_KEYS_1_ID: 'key-of-the-second-service',
      SERVICE: '{"keys":[{"id":"key-of-the-first-service"},{"id":"key-of-the-second-service"}]}',
    });
    expect(masksOf(run)).toEqual(
      expect.arrayContaining(['key-of-the-first-service', 'key-of-the-second-service']),
    );
  });

  test('names of the environment that take over a process are left out, with a warning', async () => {
    cloud = await startCloud({
      environmentVariables: { REGION: 'eu', NODE_OPTIONS: '--require /tmp/x', https_proxy: 'x' },
    });
    const run = await setUp({ cloud });
    expect([run.exitCode, run.outputs['status'], run.exported]).toEqual([0, 'warning', { REGION: 'eu' }]);
    expect(run.shown).toMatch(/environmentVariables.NODE_OPTIONS/);
  });

  test('a misspelt path is told the nearest one', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({ cloud, inputs: { secrets: 'database.pasword' } });
    expect(run.report.items[0]?.message).toContain('did you mean "database.password"');
  });

  test('no environment named: says how to name one', async () => {
    cloud = await startCloud({});
    const run = await setUp({ cloud, inputs: { 'esc-environment': '' } });
    expect(run.exitCode).toBe(1);
    expect(run.shown).toContain('esc-setup also does with `esc-environment`');
    expect(run.outputs['esc-status']).toBe('failed');
  });
});

describe('where the values go', () => {
  test('`outputs`: outputs of the step by the same names, and no variable', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({ cloud, inputs: { export: 'outputs', secrets: 'openai_api_key' } });
    expect(run.outputs).toMatchObject({
      OPENAI_API_KEY: 'sk-fake-0123456789',
      REGION: 'eu-central-1',
      status: 'success',
    });
    expect(run.exported).toEqual({});
  });

  test('`none`: proves only', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({ cloud, inputs: { export: 'none', secrets: 'openai_api_key' } });
    expect([run.exitCode, run.exported, run.outputs['exported']]).toEqual([0, {}, '[]']);
    expect(Object.values(run.outputs).join()).not.toContain('sk-fake');
  });

  test('lines: these and nothing else; what is missing fails all of it', async () => {
    cloud = await startCloud(VALUES);
    const lines = 'PW=database.password\nHOST=database.host';
    const run = await setUp({ cloud, inputs: { export: lines } });
    expect(run.exported).toEqual({ PW: 'correct-horse-battery', HOST: 'db.internal' });
    expect(masksOf(run)).not.toContain('db.internal');
    const failed = await setUp({ cloud, inputs: { export: `${lines}\nNO=nowhere.at["all"]` } });
    expect([failed.exitCode, failed.exported]).toEqual([1, {}]);
    expect(failed.outputs['missing-secrets']).toBe('["nowhere.at[\\"all\\"]"]');
  });

  test('lines that cannot be are named at once, and nobody is asked', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({ cloud, inputs: { export: 'PATH=a\nA=b..c\nenviroment\nA-B=c' } });
    expect([run.exitCode, cloud.requests]).toEqual([1, []]);
    expect(run.shown).toMatch(/PATH is refused.*b\.\.c.*did you mean "environment".*A-B/s);
  });
});

describe('drift', () => {
  test('each name is compared in memory, and only the verdict is written', async () => {
    cloud = await startCloud({ ...VALUES, todo: secret('PLACEHOLDER') });
    const github = [
      'openai_api_key=sk-fake-0123456789',
      'database.password=stale-copy-of-it',
      'snowflake_account=',
      'todo=github-has-this-one',
    ];
    const run = await setUp({ cloud, inputs: { 'github-secrets': github.join('\n'), export: 'none' } });
    expect(JSON.parse(run.outputs['drift'] ?? '')).toEqual({
      openai_api_key: 'match',
      'database.password': 'differs',
      snowflake_account: 'only-esc',
      todo: 'only-github',
    });
    expect([run.exitCode, run.outputs['status']]).toEqual([0, 'warning']);
    const written = run.shown + run.summary + JSON.stringify([run.report, run.outputs, run.state]);
    for (const value of ['stale-copy-of-it', 'github-has-this-one']) expect(written).not.toContain(value);
  });

  test('a line that is a piece of a secret is not repeated', async () => {
    cloud = await startCloud(VALUES);
    const run = await setUp({
      cloud,
      inputs: { 'github-secrets': 'key=-----BEGIN-----\nMIIEfakefake/fake\n' },
    });
    expect(run.exitCode).toBe(1);
    expect(run.shown).toContain('line 2 is not of the form');
    expect(run.shown).not.toContain('MIIE');
  });
});

describe('versions', () => {
  test.each([
    ['@1', 'first-revision-value', '1'],
    ['@stable', 'first-revision-value', 'stable'],
    ['', 'second-revision-value', ''],
  ])('%j', async (version, value, revision) => {
    const at = (text: string) => escProperties({ environmentVariables: { VALUE: text } });
    const environments = {
      [REFERENCE]: {
        properties: at('second-revision-value'),
        revisions: [{ number: 1, tags: ['stable'], properties: at('first-revision-value') }, { number: 2 }],
      },
    };
    cloud = await startCloud({}, { environments });
    const run = await setUp({ cloud, inputs: { 'esc-environment': REFERENCE + version } });
    expect([run.exported['VALUE'], run.outputs['revision']]).toEqual([value, revision]);
  });
});
