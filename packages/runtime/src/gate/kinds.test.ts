import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startEcho } from '@sophia/standins/echo';
import { startHostile } from '@sophia/standins/hostile';

import { check, gate } from './gate.fixture.ts';
import { startMcpServer } from './mcp-server.fixture.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sophia-gate-'));
  closing.push(() => rm(path, { recursive: true }));
  return path;
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

describe('http', () => {
  test('a success passes, with its status and phases', async () => {
    const { url } = await started(startEcho());
    const item = await check(
      `kind: http, url: "${url}/health", expect: { status: 200, json: { status: ok }, body: ok }`,
    );
    expect(item).toMatchObject({
      status: 'success',
      message: 'HTTP 200',
      details: { httpStatus: 200, url: `${url}/health` },
    });
  });

  test.each([
    [401, 'unauthorized', 1],
    [403, 'forbidden', 1],
    [404, 'not-found', 1],
    [418, 'assertion', 1],
    [429, 'rate-limited', 2],
    [503, 'server-error', 2],
  ])('HTTP %i is %s after %i attempts', async (status, category, attempts) => {
    const { url } = await started(startEcho());
    const item = await check(`kind: http, url: "${url}/status/${status}", retries: 1`);
    expect([item.category, item.attempts]).toEqual([category, attempts]);
  });

  test('what it sends is what the check says', async () => {
    const { url, requests } = await started(startEcho());
    const item = await check(
      `kind: http, url: "${url}/echo", method: POST, body: hello, headers: { x-a: b }`,
    );
    expect(item.status).toBe('success');
    expect(requests).toMatchObject([{ method: 'POST', body: 'hello', headers: { 'x-a': 'b' } }]);
  });

  test('a body without end is read as far as a check may look', async () => {
    const server = await started(startHostile('endless-body'));
    expect(await check(`kind: http, url: "${server.url}/"`)).toMatchObject({ status: 'success' });
    expect(await check(`kind: http, url: "${server.url}/", expect: { json: { a: 1 } }`)).toMatchObject({
      category: 'protocol',
    });
  });

  test('a body that drips is a timeout', async () => {
    const server = await started(startHostile('drip'));
    const item = await check(`kind: http, url: "${server.url}/", timeout: 300ms, retries: 0`);
    expect(item).toMatchObject({ category: 'timeout', attempts: 1 });
    await new Promise((done) => setTimeout(done, 100));
    expect(server.openConnections()).toBe(0);
  });

  test.each(['ftp://example.com/', 'example.com/health', 'http://169.254.169.254/'])(
    '%s is refused',
    async (url) => {
      expect(await check(`kind: http, url: "${url}"`)).toMatchObject({
        category: 'configuration',
        attempts: 1,
      });
    },
  );

  test('credentials in headers and in the URL are known as secrets, and the report shows neither', async () => {
    const { url } = await started(startEcho());
    const added: string[] = [];
    const redaction = {
      add: (value: string) => void added.push(value),
      redact: (text: string) => text,
      forms: () => new Set<string>(),
    };
    const secret = url.replace('http://', 'http://user:url-fake@');
    const item = await check(
      `kind: http, url: "${secret}/health", headers: { authorization: Bearer header-fake }`,
      {},
      { host: { redaction: redaction as never } },
    );
    expect(added).toEqual(expect.arrayContaining(['url-fake', 'Bearer header-fake', 'header-fake']));
    expect(JSON.stringify(item)).not.toMatch(/url-fake|header-fake/);
  });
});

describe('tcp, dns, tls', () => {
  test('a connection passes, and a closed port is refused after its retries', async () => {
    const { port } = await started(startEcho());
    const closed = await closedPort();
    expect(await check(`kind: tcp, host: 127.0.0.1, port: ${port}`)).toMatchObject({ status: 'success' });
    expect(await check(`kind: tcp, host: 127.0.0.1, port: ${closed}, retries: 1`)).toMatchObject({
      category: 'refused',
      attempts: 2,
    });
    expect(await check('kind: tcp, host: 169.254.169.254, port: 80')).toMatchObject({
      category: 'configuration',
    });
  });

  test('a name of this machine resolves, and one that is reserved never to does not', async () => {
    expect(await check('kind: dns, host: localhost')).toMatchObject({ status: 'success' });
    expect(await check('kind: dns, host: nowhere.invalid, retries: 0')).toMatchObject({ category: 'dns' });
  });

  test('a certificate that nobody vouches for is tls, and is not tried again', async () => {
    const { port } = await started(startEcho({ tls: selfSignedCertificate() }));
    expect(await check(`kind: tls, host: 127.0.0.1, port: ${port}`)).toMatchObject({
      category: 'tls',
      attempts: 1,
    });
  });

  test('a port that speaks no TLS is a failure', async () => {
    const { port } = await started(startEcho());
    expect(await check(`kind: tls, host: 127.0.0.1, port: ${port}, retries: 0`)).toMatchObject({
      status: 'failure',
      category: 'tls',
    });
  });
});

describe('command', () => {
  test.each([
    ['run: "exit 0"', 'success', null, 'exit code 0'],
    ['run: "echo one; echo why >&2; exit 3"', 'failure', 'assertion', 'exit code 3: why'],
    ['run: "false | true"', 'failure', 'assertion', 'exit code 1'],
    ['command: [node, -e, "process.exit(4)"]', 'failure', 'assertion', 'exit code 4'],
    ['command: [no-such-program]', 'failure', 'configuration', 'exit code 127: spawn no-such-program ENOENT'],
    ['run: "sleep 9", timeout: 200ms', 'failure', 'timeout', 'no answer in 200 ms'],
  ])('%s is a %s', async (...row) => {
    const [keys, status, category, message] = row;
    expect(await check(`kind: command, retries: 0, ${keys}`)).toMatchObject({ status, category, message });
  });

  test('sees PATH, its env and its secrets, and nothing else of the job', async () => {
    const job = {
      GITHUB_TOKEN: 'gh-fake',
      ACTIONS_RUNTIME_TOKEN: 'rt-fake',
      INPUT_X: 'in-fake',
      OTHER: 'other-fake',
      LISTED: 'listed-fake',
      GITHUB_ENV: '/tmp/env',
    };
    const path = join(await folder(), 'seen');
    const keys = `run: "env > ${path}", env: { OWN: mine }, secrets: [LISTED, GITHUB_TOKEN, ACTIONS_RUNTIME_TOKEN]`;
    await check(`kind: command, ${keys}`, job);
    const { readFile } = await import('node:fs/promises');
    const seen = (await readFile(path, 'utf8')).split('\n').map((line) => line.split('=')[0]);
    expect(seen).toEqual(
      expect.arrayContaining(['PATH', 'OWN', 'LISTED', 'SOPHIA_ENVIRONMENT', 'SOPHIA_DEPLOYMENT_ID']),
    );
    for (const name of Object.keys(job)) if (name !== 'LISTED') expect(seen).not.toContain(name);
  });

  test('an output that looks like a workflow command stays one line of text', async () => {
    const item = await check('kind: command, run: "printf \'::error::x\\n::set-output name=a::b\'; exit 1"');
    expect(item.message).toBe('exit code 1: ::set-output name=a::b');
  });
});

describe('secrets', () => {
  test('names what does not hold, by property path', async () => {
    const { items } = await gate(
      'secrets: { openai_api_key: {}, "db.password": { env: DB_PASSWORD, pattern: "^.{12,}$" }, vercel_token: { required: false } }\nchecks: { s: { kind: secrets } }\n',
      { DB_PASSWORD: 'short-fake' },
    );
    expect(items[0]).toMatchObject({
      status: 'failure',
      category: 'configuration',
      message:
        '2 of 3 secrets do not hold: openai_api_key is missing (OPENAI_API_KEY), db.password is not of its pattern (DB_PASSWORD)',
      details: { missing: ['openai_api_key', 'db.password'] },
    });
    expect(JSON.stringify(items)).not.toContain('short-fake');
  });
});

describe('mcp', () => {
  test('a server with its tools passes; its token goes along', async () => {
    const server = await started(startMcpServer(['remember', 'recall']));
    const item = await check(
      `kind: mcp, url: "${server.url}", tools: [recall], min-tools: 2, headers: { authorization: Bearer mcp-fake }`,
    );
    expect(item).toMatchObject({
      status: 'success',
      message: 'handshake held, 2 tools',
      details: { tools: ['remember', 'recall'] },
    });
    expect(server.authorizations).toContain('Bearer mcp-fake');
  });

  test('a tool that is not there is an assertion', async () => {
    const { url } = await started(startMcpServer(['remember']));
    expect(await check(`kind: mcp, url: "${url}", tools: [forget]`)).toMatchObject({
      category: 'assertion',
      message: 'the server lacks the tools forget',
    });
  });

  test('nobody there, no MCP and a forbidden address are different failures', async () => {
    const { url } = await started(startEcho());
    const closed = await closedPort();
    const categories = await Promise.all(
      [
        `http://127.0.0.1:${closed}/mcp`,
        `${url}/status/404`,
        `${url}/echo`,
        'http://169.254.169.254/mcp',
      ].map(async (target) => (await check(`kind: mcp, url: "${target}", retries: 0`)).category),
    );
    expect(categories).toEqual(['refused', 'not-found', 'protocol', 'configuration']);
  });
});

describe('redis', () => {
  async function startRedis(answer: (text: string) => string) {
    const seen: string[] = [];
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        seen.push(chunk.toString());
        socket.write(answer(chunk.toString()));
      });
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    closing.push(() => new Promise((done) => server.close(done)));
    return { port: (server.address() as AddressInfo).port, seen };
  }

  test('PONG passes, after AUTH with what the URL says', async () => {
    const { port, seen } = await startRedis(() => '+OK\r\n+PONG\r\n');
    expect(await check('kind: redis', { REDIS_URL: `redis://me:pw%20fake@127.0.0.1:${port}` })).toMatchObject(
      { status: 'success' },
    );
    expect(seen.join('')).toBe('*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$7\r\npw fake\r\n*1\r\n$4\r\nPING\r\n');
  });

  test.each([
    ['-WRONGPASS invalid username-password pair\r\n', 'unauthorized'],
    ['-NOAUTH Authentication required.\r\n', 'unauthorized'],
    ['-LOADING Redis is loading the dataset in memory\r\n', 'server-error'],
    ['HTTP/1.1 400 Bad Request\r\n', 'protocol'],
  ])('%j is %s', async (answer, category) => {
    const { port } = await startRedis(() => answer);
    expect(await check('kind: redis, retries: 0', { REDIS_URL: `redis://127.0.0.1:${port}` })).toMatchObject({
      category,
    });
  });
});

describe('postgres', () => {
  test('nobody there is refused, something else is protocol, and no URL is configuration', async () => {
    const { url } = await started(startEcho());
    const closed = await closedPort();
    const at = (value: string) => check('kind: postgres, retries: 0, timeout: 3s', { DATABASE_URL: value });
    expect(await at(`postgres://a:b-fake@127.0.0.1:${closed}/db`)).toMatchObject({ category: 'refused' });
    expect(await at(url.replace('http:', 'postgres:'))).toMatchObject({
      category: expect.stringMatching(/protocol|refused/),
    });
    expect(await at('postgres://a:b@169.254.169.254/db')).toMatchObject({ category: 'configuration' });
    expect(await at('no url')).toMatchObject({ category: 'configuration' });
  });
});

describe('docker and kubernetes', () => {
  async function startEngine(body: string, status = 200): Promise<string> {
    const path = join(await folder(), 'docker.sock');
    const server = createServer((_, response) => {
      response.writeHead(status, { 'api-version': '1.51' }).end(body);
    }).listen(path);
    await new Promise((done) => server.once('listening', done));
    closing.push(() => new Promise((done) => server.close(done)));
    return `unix://${path}`;
  }

  test('an engine that answers passes; none, or something else, does not', async () => {
    const engine = await startEngine('OK');
    expect(await check('kind: docker', { DOCKER_HOST: engine })).toMatchObject({
      status: 'success',
      message: 'the engine answers, API 1.51',
    });
    expect(await check('kind: docker', { DOCKER_HOST: await startEngine('<html>') })).toMatchObject({
      category: 'protocol',
    });
    expect(await check('kind: docker, retries: 0', { DOCKER_HOST: 'unix:///nowhere.sock' })).toMatchObject({
      category: 'refused',
    });
    expect(await check('kind: docker', { DOCKER_HOST: 'npipe://x' })).toMatchObject({
      category: 'configuration',
    });
  });

  /** A folder with a program `ssh` that writes its arguments down and does as the script says. */
  async function fakeSsh(script: string) {
    const path = await folder();
    const log = join(path, 'arguments');
    const ssh = `#!${process.execPath}\nrequire('node:fs').writeFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' '));\n${script}\n`;
    await writeFile(join(path, 'ssh'), ssh);
    await chmod(join(path, 'ssh'), 0o755);
    return { PATH: path, log };
  }

  test('an engine behind ssh is asked by the machine’s own ssh, over its pipes', async () => {
    const socket = (await startEngine('OK')).slice('unix://'.length);
    const { PATH, log } = await fakeSsh(
      `const s = require('node:net').connect(${JSON.stringify(socket)}); process.stdin.pipe(s).pipe(process.stdout);`,
    );
    expect(await check('kind: docker', { DOCKER_HOST: 'ssh://me@far.example:2222', PATH })).toMatchObject({
      status: 'success',
      message: 'the engine answers by ssh, API 1.51',
    });
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(log, 'utf8')).toBe(
      '-o BatchMode=yes -l me -p 2222 -- far.example docker system dial-stdio',
    );
  });

  test.each([
    ['console.error("Permission denied (publickey)."); process.exit(255);', 'refused', /Permission denied/],
    ['console.log("HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nNO");', 'protocol', /not what Docker/],
    ['setInterval(() => {}, 1000);', 'timeout', /no answer/],
  ])('an ssh that does %s is %s', async (script, category, message) => {
    const { PATH } = await fakeSsh(script);
    const item = await check('kind: docker, retries: 0, timeout: 2s', {
      DOCKER_HOST: 'ssh://far.example',
      PATH,
    });
    expect(item).toMatchObject({ category, message: expect.stringMatching(message) });
  });

  test('a host that ssh would take for an option is refused, and no ssh is a configuration', async () => {
    const { PATH, log } = await fakeSsh('process.exit(0)');
    for (const DOCKER_HOST of ['ssh://-oProxyCommand=x/', 'ssh://-l@host/'])
      expect(await check('kind: docker', { DOCKER_HOST, PATH })).toMatchObject({ category: 'configuration' });
    expect(existsSync(log)).toBe(false);
    expect(await check('kind: docker', { DOCKER_HOST: 'ssh://host', PATH: '/nowhere' })).toMatchObject({
      category: 'configuration',
      message: expect.stringMatching(/no program ssh/),
    });
  });

  async function kubeconfig(user: string, server: string): Promise<string> {
    const path = join(await folder(), 'config');
    const text = `current-context: c\ncontexts: [{ name: c, context: { cluster: k, user: u } }]\nclusters: [{ name: k, cluster: { server: "${server}" } }]\nusers: [{ name: u, user: ${user} }]\n`;
    await writeFile(path, text);
    await chmod(path, 0o600);
    return path;
  }

  test('an API server is asked for /readyz with the token of the context', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url, request.headers.authorization);
      const ready = request.headers.authorization === 'Bearer kube-fake';
      response
        .writeHead(ready ? 200 : 500)
        .end(ready ? 'ok' : '[+]ping ok\n[-]etcd failed: reason withheld\n');
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    closing.push(() => new Promise((done) => server.close(done)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
  async function startApiServer(token: string) {
    const server = createServer((request, response) => {
      response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end('ok');
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    closing.push(() => new Promise((done) => server.close(done)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

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
    const added: string[] = [];
    const redaction = {
      add: (value: string) => void added.push(value),
      redact: (text: string) => text,
      forms: () => new Set<string>(),
    };
    const item = await check(
      'kind: kubernetes',
      { KUBECONFIG: await kubeconfig(execOf(script), url), JOB_SECRET: 'job-fake' },
      { host: { redaction: redaction as never } },
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
});

test('a secret that a header of any name reads, and a URL that is wrongly encoded, are known as secrets', async () => {
  const { url } = await started(startEcho());
  const added: string[] = [];
  const redaction = {
    add: (value: string) => void added.push(value),
    redact: (text: string) => text,
    forms: () => new Set<string>(),
  };
  const yaml = `secrets: { odd_one: {} }\nchecks:\n  a: { kind: http, url: "${url}/echo", headers: { x-odd: "\${ODD_ONE}" } }\n  b: { kind: http, url: "${url.replace('//', '//u:%zz-fake@')}/echo" }\n`;
  const { items } = await gate(yaml, { ODD_ONE: 'odd-fake' }, { host: { redaction: redaction as never } });
  expect(items.map(({ status }) => status)).toEqual(['success', expect.any(String)]);
  expect(added).toEqual(expect.arrayContaining(['odd-fake', '%zz-fake']));
});
