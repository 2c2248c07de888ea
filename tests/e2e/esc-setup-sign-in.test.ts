import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { oidcEnvironment, startActionsOidc } from '@sophia/standins/actions-oidc';

import { expectRefusal, masksOf, setUp, startCloud, TOKEN } from './esc-setup-workspace.ts';
import type { Pulumi } from './esc-setup-workspace.ts';

const VALUES = { environmentVariables: { REGION: 'eu' } };
const REQUEST_TOKEN = 'request-token-of-the-job';

let cloud: Pulumi;
let oidc: Awaited<ReturnType<typeof startActionsOidc>>;
let variables: Record<string, string>;

beforeEach(async () => {
  cloud = await startCloud(VALUES);
  oidc = await startActionsOidc({ token: REQUEST_TOKEN, repository: 'acme/app' });
  variables = oidcEnvironment(oidc.url, REQUEST_TOKEN);
});
afterEach(async () => {
  await oidc.close();
  await cloud.close();
});

const exchangeOf = () =>
  cloud.requests
    .filter(({ path }) => path === '/api/oauth/token')
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>);

const signIn = (inputs: Record<string, string>, own = variables) =>
  setUp({ cloud, variables: own, inputs: { 'access-token': '', 'oidc-organization': 'acme', ...inputs } });

describe('with the OIDC token of the job', () => {
  test('it is exchanged, the new token is masked and used, and the old one wins no more', async () => {
    const run = await signIn({ 'access-token': TOKEN, 'oidc-expiration': '15m' });
    expect([run.exitCode, run.exported]).toEqual([0, { REGION: 'eu' }]);
    expect(exchangeOf()).toEqual([
      {
        audience: 'urn:pulumi:org:acme',
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        requested_token_type: 'urn:pulumi:token-type:access_token:organization',
        subject_token: expect.any(String),
        expiration: 900,
      },
    ]);
    expect(masksOf(run)).toContain('pul-exchanged-1');
    expect(run.shown + JSON.stringify(run.report)).not.toContain('pul-exchanged');
    expect(cloud.requests[1]?.headers['authorization']).toBe('token pul-exchanged-1');
  });

  test.each([
    ['team', 'team:deployers'],
    ['personal', 'user:octocat'],
    ['urn:pulumi:token-type:access_token:runner', 'runner:pool'],
    ['organization', 'admin'],
  ])('a token of type %s with scope %s', async (type, scope) => {
    const run = await signIn({ 'oidc-requested-token-type': type, 'oidc-scope': scope });
    expect(run.exitCode).toBe(0);
    expect(exchangeOf()[0]).toMatchObject({
      scope,
      requested_token_type: expect.stringMatching(/^urn:pulumi:.*:\w+$/),
    });
  });

  test('each attempt gets a token of its own: the first may have ended', async () => {
    cloud.fail(503, { times: 2, path: '/api/oauth/token', retryAfterSeconds: 0 });
    expect((await signIn({})).exitCode).toBe(0);
    const tokens = exchangeOf().map((body) => body['subject_token']);
    expect([tokens.length, new Set(tokens).size]).toEqual([3, 3]);
  });

  test('without `id-token: write` the permission is named, and nobody is asked', async () => {
    expectRefusal(await signIn({}, {}), 'forbidden', /may not ask for an OIDC token/, /id-token: write/);
    expect(cloud.requests).toHaveLength(0);
  });

  test('an organisation without an issuer: what to register', async () => {
    const run = await signIn({ 'oidc-organization': 'other' });
    expectRefusal(
      run,
      'unauthorized',
      /invalid_target/,
      /register https:\/\/token\.actions\.githubusercontent\.com/,
    );
    expect(exchangeOf()).toHaveLength(1);
  });

  test('a policy that does not fit: audience and subject to copy into it', async () => {
    await oidc.close();
    oidc = await startActionsOidc({ token: REQUEST_TOKEN, repository: 'acme/app', claims: { exp: 1 } });
    const run = await signIn({}, oidcEnvironment(oidc.url, REQUEST_TOKEN));
    expectRefusal(run, 'unauthorized', /invalid_token/, /subject repo:acme\/app:ref:refs\/heads\/main/);
  });

  test.each([
    ['team', ''],
    ['team', 'user:octocat'],
    ['organization', 'team:x'],
  ])('type %s with scope %j is refused before anybody is asked', async (type, scope) => {
    const run = await signIn({ 'oidc-requested-token-type': type, 'oidc-scope': scope });
    expectRefusal(run, 'usage', /input "oidc-scope": expected/, /README/);
    expect([cloud.requests, oidc.requests]).toEqual([[], []]);
  });
});

describe('with an access token', () => {
  test('that has ended in the meantime', async () => {
    cloud.fail('slow', { path: '/api/esc', delayMs: 1_500, times: 1 });
    const run = await signIn({ 'oidc-expiration': '1s' });
    expectRefusal(run, 'unauthorized', /401/, /wrong or has expired/);
  });

  test('of the environment, with a line break at its end', async () => {
    const run = await setUp({
      cloud,
      variables: { PULUMI_ACCESS_TOKEN: `${TOKEN}\n` },
      inputs: { 'access-token': '' },
    });
    expect(run.exitCode).toBe(0);
  });

  test('that begins with "token"', async () => {
    await cloud.close();
    cloud = await startCloud(VALUES, { token: 'token-of-somebody' });
    expect((await setUp({ cloud, inputs: { 'access-token': 'token-of-somebody' } })).exitCode).toBe(0);
  });

  test('that no token is, is not shown', async () => {
    const run = await setUp({ cloud, inputs: { 'access-token': 'two words-of-it' } });
    expectRefusal(run, 'usage', /holds spaces/, /copy the token again/);
    expect(run.shown).not.toContain('words-of-it');
  });

  test("none in a fork's pull request: why, and how to skip the step", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sophia-event-'));
    const event = join(directory, 'event.json');
    const head = { repo: { full_name: 'stranger/app' } };
    await writeFile(event, JSON.stringify({ pull_request: { number: 1, head } }));
    const run = await setUp({
      cloud,
      variables: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event },
      inputs: { 'access-token': '' },
    });
    expectRefusal(run, 'unauthorized', /fork gets no secrets/, /if: github\.event/);
  });

  test('none at all: both ways to have one', async () => {
    const run = await setUp({ cloud, inputs: { 'access-token': '' } });
    expectRefusal(run, 'unauthorized', /no Pulumi access token/, /oidc-organization.*access-token/);
  });
});
