import { afterEach, describe, expect, test } from '@jest/globals';
import { Configuration, EscRawApi } from '@pulumi/esc-sdk';
import axios from 'axios';
import { escProperties, secret, unknownValue } from './esc-values.ts';
import { startPulumi } from './pulumi.ts';
import type { EscEnvironments } from './pulumi-esc.ts';
import type { Standin } from './server.ts';
import { unsignedJwt } from './unsigned-jwt.ts';

const TOKEN = 'pul-fake-token';
const environments: EscEnvironments = {
  'acme/default/app': {
    properties: escProperties({
      key: secret('s3cret-fake'),
      database: { password: secret('pw-fake') },
      list: ['a', 1],
    }),
    yaml: 'values:\n  key: 1\n',
    revisions: [{ number: 1, tags: ['stable'], properties: escProperties({ key: 'old' }) }, { number: 2 }],
  },
  'acme/default/broken': {
    diagnostics: [{ summary: 'unknown property "x"', path: 'values.a' }],
  },
  'acme/default/live': () => ({ properties: escProperties({ missing: unknownValue() }) }),
};

let standin: Standin;
afterEach(() => standin.close());

async function start(token = TOKEN): Promise<EscRawApi> {
  standin = await startPulumi({ token: TOKEN, environments, pageSize: 2 });
  const configuration = new Configuration({
    basePath: `${standin.url}/api/esc`,
    accessToken: token,
    baseOptions: { validateStatus: () => true },
  });
  return new EscRawApi(configuration);
}

describe('the real ESC client', () => {
  test('opens and reads an environment with secrets, nesting and lists', async () => {
    const api = await start();
    const opened = await api.openEnvironment('acme', 'default', 'app', '5m');
    const { data } = await api.readOpenEnvironment('acme', 'default', 'app', opened.data.id);
    expect(Object.keys(data)).toEqual(['exprs', 'properties', 'schema', 'executionContext']);
    expect(data.properties).toMatchObject({
      key: { value: 's3cret-fake', secret: true, trace: { def: { environment: 'environment' } } },
      database: { value: { password: { value: 'pw-fake', secret: true } } },
      list: { value: [{ value: 'a' }, { value: 1 }] },
    });
    expect(data.properties?.['database']).not.toHaveProperty('secret');
    expect(standin.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/esc/environments/acme/default/app/open?duration=5m',
      `GET /api/esc/environments/acme/default/app/open/${opened.data.id}`,
    ]);
  });

  test('reads one property through the double slash', async () => {
    const api = await start();
    const { data: opened } = await api.openEnvironment('acme', 'default', 'app');
    const read = (path: string) => api.readOpenEnvironmentProperty('acme', 'default', 'app', opened.id, path);
    expect((await read('database.password')).data).toMatchObject({ value: 'pw-fake', secret: true });
    expect((await read('list[1]')).data).toMatchObject({ value: 1 });
    expect((await read('database["password"]')).data.value).toBe('pw-fake');
    expect((await read('nothing')).status).toBe(404);
    expect(standin.requests[1]?.path).toContain(`/open//${opened.id}?property=database.password`);
  });

  test.each([
    ['1', 'old'],
    ['stable', 'old'],
    ['2', 's3cret-fake'],
    ['latest', 's3cret-fake'],
  ])('opens version %s', async (version, value) => {
    const api = await start();
    const { data: opened } = await api.openEnvironmentAtVersion('acme', 'default', 'app', version);
    const { data } = await api.readOpenEnvironment('acme', 'default', 'app', opened.id);
    expect(data.properties?.['key']?.value).toBe(value);
  });

  test('lists environments page by page, revisions, tags and the definition', async () => {
    const api = await start();
    const first = await api.listEnvironments('acme');
    const second = await api.listEnvironments('acme', first.data.nextToken);
    const names = [first, second].map(({ data }) => data.environments?.map(({ name }) => name));
    expect(names).toEqual([['app', 'broken'], ['live']]);
    expect(second.data.nextToken).toBe('');
    const revisions = await api.listEnvironmentRevisions('acme', 'default', 'app');
    expect(revisions.data.map(({ number, tags }) => [number, tags])).toEqual([
      [2, ['latest']],
      [1, ['stable']],
    ]);
    const tags = await api.listEnvironmentRevisionTags('acme', 'default', 'app');
    expect(tags.data.tags?.map(({ name, revision }) => [name, revision])).toEqual([
      ['stable', 1],
      ['latest', 2],
    ]);
    expect((await api.getEnvironment('acme', 'default', 'app')).data).toBe('values:\n  key: 1\n');
  });
});

describe('refusals', () => {
  test('a wrong token', async () => {
    const api = await start('pul-wrong');
    const { status, data } = await api.openEnvironment('acme', 'default', 'app');
    expect([status, data]).toEqual([
      401,
      { code: 401, message: 'Unauthorized: No credentials provided or are invalid.' },
    ]);
  });

  test.each([
    ['nowhere', 404, "Not Found: environment 'acme/default/nowhere' not found"],
    ['broken', 400, 'Bad Request: environment has errors'],
  ])('environment %s', async (name, expected, message) => {
    const api = await start();
    const { status, data } = await api.openEnvironment('acme', 'default', name);
    expect([status, data]).toMatchObject([expected, { code: expected, message }]);
  });

  test('a broken environment names its diagnostics; a bad duration and an unknown version are refused', async () => {
    const api = await start();
    const { data } = await api.openEnvironment('acme', 'default', 'broken');
    expect(data).toMatchObject({ diagnostics: [{ summary: 'unknown property "x"', path: 'values.a' }] });
    expect((await api.openEnvironment('acme', 'default', 'app', 'soon')).status).toBe(400);
    expect((await api.openEnvironmentAtVersion('acme', 'default', 'app', '9')).status).toBe(404);
  });

  test('a session that has ended', async () => {
    const api = await start();
    const { data: opened } = await api.openEnvironment('acme', 'default', 'app', '1ms');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await api.readOpenEnvironment('acme', 'default', 'app', opened.id)).status).toBe(404);
  });
});

describe('OIDC', () => {
  const audience = 'urn:pulumi:org:acme';
  const inFiveMinutes = (): number => Math.floor(Date.now() / 1_000) + 300;
  const good = (): Record<string, unknown> => ({
    audience,
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:pulumi:token-type:access_token:organization',
    subject_token: unsignedJwt({ aud: audience, exp: inFiveMinutes() }),
  });
  const exchange = (fields: Record<string, unknown>) =>
    axios.post<Record<string, unknown>>(`${standin.url}/api/oauth/token`, fields, {
      validateStatus: () => true,
    });

  test('the token of an exchange opens environments and names the user’s organizations', async () => {
    await start();
    const { status, data } = await exchange({ ...good(), expiration: 600 });
    expect([status, data['expires_in'], data['token_type']]).toEqual([200, 600, 'Bearer']);
    const user = await fetch(`${standin.url}/api/user`, {
      headers: { authorization: `token ${String(data['access_token'])}` },
    });
    expect(await user.json()).toMatchObject({
      githubLogin: 'sophia-bot',
      organizations: [{ githubLogin: 'acme' }],
    });
  });

  test('a form is read as well', async () => {
    await start();
    const { status } = await axios.post(
      `${standin.url}/api/oauth/token`,
      new URLSearchParams(
        Object.entries(good()).map(([name, value]): [string, string] => [name, String(value)]),
      ),
    );
    expect(status).toBe(200);
  });

  test.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ subject_token_type: 'x' }, 400, 'invalid_request'],
    [{ requested_token_type: 'urn:pulumi:token-type:access_token:robot' }, 400, 'invalid_request'],
    [{ requested_token_type: 'urn:pulumi:token-type:access_token:team' }, 400, 'invalid_scope'],
    [{ audience: 'urn:pulumi:org:strangers' }, 400, 'invalid_target'],
    [{ subject_token: 'no jwt' }, 401, 'invalid_token'],
    [{ subject_token: unsignedJwt({ aud: 'other', exp: inFiveMinutes() }) }, 401, 'invalid_token'],
    [{ subject_token: unsignedJwt({ aud: audience, exp: 1 }) }, 401, 'invalid_token'],
  ])('refuses %j', async (wrong, expected, code) => {
    await start();
    const { status, data } = await exchange({ ...good(), ...wrong });
    expect([status, data['error'], typeof data['error_description']]).toEqual([expected, code, 'string']);
  });
});
