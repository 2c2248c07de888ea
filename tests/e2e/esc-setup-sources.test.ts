import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { secret } from '@sophia/standins/esc-values';

import { expectRefusal, setUp, startCloud } from './esc-setup-workspace.ts';
import type { Files, Pulumi } from './esc-setup-workspace.ts';

let cloud: Pulumi | undefined;
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

const CONFIG = `version: 1
esc: { file: esc/app.yaml }
secrets:
  openai_api_key: {}
  database.password: {}
`;
const DEFINITION = `imports: [common]
values:
  openai_api_key: { fn::secret: sk-fake-of-the-file }
  environmentVariables: { GREETING: "\${words.hello} world" }
`;
const COMMON = `values:
  words: { hello: hello }
  database: { password: { fn::secret: password-of-the-import } }
`;
const FILES = { '.github/sophia.yml': CONFIG, 'esc/app.yaml': DEFINITION, 'esc/common.yaml': COMMON };

const fromFile = (files: Files, directory?: string) =>
  setUp({
    files,
    inputs: { 'esc-environment': '', 'allow-file': 'true' },
    ...(directory === undefined ? {} : { directory }),
  });

describe('a definition in the repository', () => {
  test('is evaluated with its imports, and each value tells where it comes from', async () => {
    const run = await fromFile(FILES);
    expect(run.exported).toEqual({
      OPENAI_API_KEY: 'sk-fake-of-the-file',
      DATABASE_PASSWORD: 'password-of-the-import',
      GREETING: 'hello world',
    });
    expect([run.exitCode, run.outputs['esc-status']]).toEqual([0, 'file']);
    expect(run.report.items.map(({ message }) => message)).toEqual([
      'from the definition, line 3',
      'imported from common, line 3',
    ]);
  });

  test('is refused in a job unless it is allowed', async () => {
    const run = await setUp({ files: FILES, inputs: { 'esc-environment': '' } });
    expectRefusal(run, 'trust', /esc\.file \(esc\/app\.yaml\) is refused in a job/, /allow-file: true/);
  });

  test.each([
    ['an import cycle', { 'esc/common.yaml': 'imports: [app]' }, /cyclic import of app/],
    ['a reference to nothing', { 'esc/common.yaml': 'values: { a: "${nowhere}" }' }, /common:1:14/],
    [
      'an import of nothing',
      { 'esc/app.yaml': 'imports: [nobody]' },
      /app:1:\d+.*no environment named "nobody"/,
    ],
    ['a provider', { 'esc/app.yaml': 'values: { a: { fn::open::aws-login: {} } }' }, /Pulumi Cloud/],
    [
      'an import from elsewhere',
      { 'esc/app.yaml': 'imports: [../secret]', 'secret.yaml': 'values: {}' },
      /no environment/,
    ],
  ])('%s is told with its place', async (_name, files: Files, words) => {
    expectRefusal(await fromFile({ ...FILES, ...files }), 'configuration', words, /line:column/);
  });

  test('a link out of the folder is not followed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sophia-esc-'));
    const outside = join(await mkdtemp(join(tmpdir(), 'sophia-outside-')), 'common.yaml');
    await writeFile(outside, COMMON);
    await mkdir(join(directory, 'esc'));
    await symlink(outside, join(directory, 'esc/common.yaml'));
    const { 'esc/common.yaml': _common, ...files } = FILES;
    expectRefusal(await fromFile(files, directory), 'configuration', /no environment named "common"/, /./);
  });

  test('that does not exist', async () => {
    const run = await fromFile({ '.github/sophia.yml': CONFIG });
    expectRefusal(run, 'configuration', /esc\/app\.yaml does not exist/, /working directory/);
  });
});

describe('where Pulumi Cloud is out of reach', () => {
  const FALLBACK = `version: 1
esc: { environment: acme/default/app, fallback: environment }
secrets: { openai_api_key: {}, database.password: { env: DB_PASSWORD } }
`;
  const variables = { OPENAI_API_KEY: 'key-of-the-variable', DB_PASSWORD: 'password-of-the-variable' };
  const files = { '.github/sophia.yml': FALLBACK };

  /** Too long a wait to begin: out of reach at once. */
  async function outOfReach(status = 503) {
    cloud = await startCloud({});
    cloud.fail(status, { retryAfterSeconds: 300 });
    return cloud;
  }

  test('the variables stand in if the configuration says so, with a warning', async () => {
    const run = await setUp({ cloud: await outOfReach(), files, variables });
    expect([run.exitCode, run.outputs['esc-status'], run.outputs['status']]).toEqual([
      0,
      'fallback',
      'warning',
    ]);
    expect(run.exported).toEqual(variables);
    expect(run.shown).toMatch(/503.*variables are read instead/);
    expect(run.shown + JSON.stringify(run.report)).not.toContain('of-the-variable');
    expect(run.report.items[0]?.message).toBe('from the variable OPENAI_API_KEY');
  });

  test('what they lack is missing all the same', async () => {
    const run = await setUp({ cloud: await outOfReach(), files, variables: { DB_PASSWORD: 'PLACEHOLDER' } });
    expect([run.exitCode, run.exported]).toEqual([1, {}]);
    expect(run.outputs['missing-secrets']).toBe('["openai_api_key","database.password"]');
  });

  test('a mapping reads the variables of the rules', async () => {
    const inputs = { export: 'PW=database.password' };
    const run = await setUp({ cloud: await outOfReach(), files, variables, inputs });
    expect(run.exported).toEqual({ PW: 'password-of-the-variable' });
  });

  test('a refusal is an answer: then they do not', async () => {
    cloud = await startCloud({ key: secret('value') });
    cloud.fail(403);
    expectRefusal(await setUp({ cloud, files, variables }), 'forbidden', /403/, /permission/);
  });
});
