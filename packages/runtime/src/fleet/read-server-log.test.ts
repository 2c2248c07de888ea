import { appendFileSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { startSession } from '../host/session.ts';
import { terminalHost } from '../host/terminal.ts';
import { readServerLog } from './read-server-log.ts';
import { stateDirectoryOf } from './state-directory.ts';

test('a log is followed over half a character, and over being moved aside', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sophia-log-'));
  const say = () => undefined;
  const host = terminalHost({
    variables: { HOME: directory },
    log: { debug: say, info: say, warning: say, error: say },
  });
  const ended = new AbortController();
  const session = startSession(
    'mcp-orchestrate',
    { ...host, signal: ended.signal },
    {
      ...{ config: '', configInline: 'x', environment: '', deploymentId: '', uploadArtifact: 'false' },
      ...{ retentionDays: 1, workingDirectory: directory },
    },
  );
  const logs = join(stateDirectoryOf(session, ''), 'logs');
  mkdirSync(logs, { recursive: true });
  const path = join(logs, 'web.log');
  const [first = 0, second = 0] = Buffer.from('é');
  writeFileSync(path, Buffer.from([...Buffer.from('one '), first]));
  let seen = '';
  const reading = readServerLog({
    ...{ session, name: 'web', follow: true },
    onText: (text) => (seen += text),
  });
  const until = async (text: string) => {
    for (let waited = 0; !seen.includes(text) && waited < 200; waited += 1) await sleep(50);
    expect(seen).toContain(text);
  };
  await until('one ');
  appendFileSync(path, Buffer.from([second]));
  await until('é');
  // Between two looks: a last line, the move, and a first line.
  appendFileSync(path, ' two');
  renameSync(path, `${path}.1`);
  writeFileSync(path, '3');
  await until('3');
  ended.abort();
  await reading;
  expect(seen).toBe('one é two3');
});
