import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { check } from './gate.fixture.ts';
import { folder, listening } from './test-servers.fixture.ts';

async function startEngine(body: string, status = 200): Promise<string> {
  const path = join(await folder(), 'docker.sock');
  const server = createServer((_, response) => {
    response.writeHead(status, { 'api-version': '1.51' }).end(body);
  }).listen(path);
  await listening(server);
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
