import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { check } from './gate.fixture.ts';
import { folder, notedSecrets, startWeb } from './test-servers.fixture.ts';

async function kubeconfig(user: string, server: string): Promise<string> {
  const path = join(await folder(), 'config');
  const text = `current-context: c\ncontexts: [{ name: c, context: { cluster: k, user: u } }]\nclusters: [{ name: k, cluster: { server: "${server}" } }]\nusers: [{ name: u, user: ${user} }]\n`;
  await writeFile(path, text);
  await chmod(path, 0o600);
  return path;
}

test('an API server is asked for /readyz with the token of the context', async () => {
  const seen: (string | undefined)[] = [];
  const url = await startWeb((request, response) => {
    seen.push(request.url, request.headers.authorization);
    const ready = request.headers.authorization === 'Bearer kube-fake';
    response.writeHead(ready ? 200 : 500).end(ready ? 'ok' : '[+]ping ok\n[-]etcd failed: reason withheld\n');
  });
  const good = await check('kind: kubernetes', {
    KUBECONFIG: await kubeconfig('{ token: kube-fake }', url),
  });
  expect(good).toMatchObject({ status: 'success', message: 'the API server is ready (c)' });
  expect(seen).toEqual(['/readyz?verbose', 'Bearer kube-fake']);
  const ill = await check('kind: kubernetes, retries: 0', {
    KUBECONFIG: await kubeconfig('{ token: other }', url),
  });
  expect(ill).toMatchObject({ category: 'server-error', message: 'the API server is not ready: etcd' });
});

/** Answers 200 to the given token only. */
const startApiServer = (token: string) =>
  startWeb((request, response) => {
    response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end('ok');
  });

const execOf = (script: string) =>
  JSON.stringify({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'bash',
      args: ['-c', script],
      env: [{ name: 'REGION', value: 'eu' }],
    },
  });

test('a program of the kubeconfig signs in, sees nothing of the job, and its token is known as a secret', async () => {
  const url = await startApiServer('exec-fake-eu-none');
  const script = `echo '{"status":{"token":"exec-fake-'$REGION-\${JOB_SECRET:-none}'"}}'`;
  const { added, redaction } = notedSecrets();
  const item = await check(
    'kind: kubernetes',
    { KUBECONFIG: await kubeconfig(execOf(script), url), JOB_SECRET: 'job-fake' },
    { host: { redaction } },
  );
  expect(item).toMatchObject({ status: 'success' });
  expect(added).toContain('exec-fake-eu-none');
});

test.each([
  ['echo why >&2; exit 3', /^bash, which signs in, ended with exit code 3: why$/],
  ['echo {}', /gave neither token nor certificate/],
  ['echo no json', /gave neither token nor certificate/],
])('a program that does not sign in (%s) is unauthorized', async (script, message) => {
  const path = await kubeconfig(execOf(script), 'http://127.0.0.1:1');
  expect(await check('kind: kubernetes', { KUBECONFIG: path })).toMatchObject({
    category: 'unauthorized',
    attempts: 1,
    message: expect.stringMatching(message),
  });
});

test('a program of the kubeconfig is not run where the workspace may be anybody’s', async () => {
  const ran = join(await folder(), 'ran');
  const path = await kubeconfig(execOf(`touch ${ran}`), 'http://127.0.0.1:1');
  const event = { name: 'pull_request_target', pullRequest: undefined };
  const host = { kind: 'actions', event } as never;
  const item = await check('kind: kubernetes', { KUBECONFIG: path }, { host });
  expect(item).toMatchObject({ status: 'failure', category: 'configuration' });
  expect(existsSync(ran)).toBe(false);
});

test.each([
  ['{ auth-provider: { name: gcp } }', undefined, /signs in with an auth-provider/],
  ['{ exec: { args: [x] } }', undefined, /lacks a command/],
  ['{}', 'other', /has no context other/],
])('a kubeconfig with user %s and context %s is refused', async (user, context, message) => {
  const path = await kubeconfig(user, 'http://127.0.0.1:1');
  const item = await check(`kind: kubernetes${context === undefined ? '' : `, context: ${context}`}`, {
    KUBECONFIG: path,
  });
  expect(item).toMatchObject({ category: 'configuration', message: expect.stringMatching(message) });
});
