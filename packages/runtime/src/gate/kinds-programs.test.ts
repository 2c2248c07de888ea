import { readFile } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { startEcho } from '@sophia/standins/echo';

import { check, gate } from './gate.fixture.ts';
import { startMcpServer } from './mcp-server.fixture.ts';
import { closedPort, folder, listening, started } from './test-servers.fixture.ts';

describe('command', () => {
  test.each([
    ['run: "exit 0"', 'success', null, 'exit code 0'],
    ['run: "echo one; echo why >&2; exit 3"', 'failure', 'assertion', 'exit code 3: why'],
    ['run: "false | true"', 'failure', 'assertion', 'exit code 1'],
    ['command: [node, -e, "process.exit(4)"]', 'failure', 'assertion', 'exit code 4'],
    [
      'command: [no-such-program]',
      'failure',
      'configuration',
      'exit code 127: no-such-program is not in PATH',
    ],
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
    return { port: await listening(server), seen };
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
