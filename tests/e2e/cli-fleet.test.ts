// A fleet from a terminal: what it says, and the logs of its servers.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { freePort, freePorts } from './free-ports.ts';
import { memory, misbehaving, until } from './mcp-orchestrate-job.ts';
import { programPath } from './run-bundle.ts';

const cli = programPath('cli/index.js');

/** A folder with an `.mcp.json` and nothing else, and the CLI in it. */
function workspace(servers: unknown) {
  const cwd = mkdtempSync(join(tmpdir(), 'sophia fleet '));
  writeFileSync(join(cwd, '.mcp.json'), JSON.stringify({ mcpServers: servers }));
  const env = { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1' };
  const sophia = (...args: string[]) => {
    const all = ['mcp', ...args, '--registry', '.mcp.json'];
    return spawnSync(process.execPath, [cli, ...all], { cwd, env, encoding: 'utf8' });
  };
  const follow = (...args: string[]) =>
    spawn(process.execPath, [cli, 'mcp', ...args, '--registry', '.mcp.json'], { cwd, env });
  return { cwd, sophia, follow };
}

describe('an .mcp.json from a terminal', () => {
  test('is planned, started, asked, rendered and stopped', async () => {
    const port = await freePort();
    const { sophia } = workspace({
      graph: { command: process.execPath, args: [memory], env: { GRAPH_TOKEN: '${PATH}' } },
      web: { command: process.execPath, args: [misbehaving], port, needs: ['graph'] },
      apify: { type: 'sse', url: 'https://mcp.example.com/sse?token=fake-token' },
    });
    expect(sophia('plan').stderr).toContain('critical path: graph -> web');
    const started = sophia('start');
    expect([started.status, started.stderr]).toEqual([
      0,
      expect.stringContaining('2 of 2 servers are healthy'),
    ]);
    expect(started.stderr).toContain('apify: runs elsewhere, and is neither started nor asked');
    const status = JSON.parse(sophia('status', '--json').stdout);
    expect(status.items.map((item: { details: { state: string } }) => item.details.state)).toEqual([
      ...['healthy', 'healthy'],
    ]);
    for (const format of ['compose', 'kubernetes', 'toolhive']) {
      const { stdout, status: code } = sophia('render', '--format', format);
      expect(code).toBe(0);
      expect(stdout).toContain('# - apify: the whole server: it runs elsewhere, and is only an address');
      expect(stdout).not.toContain('fake-token');
    }
    const stopped = sophia('stop');
    expect([stopped.status, stopped.stderr]).toEqual([0, expect.stringContaining('nothing is left of them')]);
    expect(sophia('status').status).toBe(1);
  }, 120_000);

  test('has its references read in variables and commands, and no secret in a command', async () => {
    const [first = 0, second = 0, third = 0] = await freePorts(3);
    const command = process.execPath;
    const { cwd, sophia } = workspace({
      read: {
        command,
        args: ['${workspaceFolder}/${NAME:-server}.mjs', '--tell'],
        cwd: '${HOME}/below',
        port: first,
        env: { EXAMPLE_TOKEN: '${HOME}' },
      },
      told: { command, args: [misbehaving, '${HOME_TOKEN}'], port: second },
      asked: { command, args: [misbehaving], port: third, env: { T: '${input:token}' } },
    });
    mkdirSync(join(cwd, 'below'));
    symlinkSync(misbehaving, join(cwd, 'server.mjs'));
    const { items } = JSON.parse(sophia('start', '--json').stdout);
    expect(items.map((item: { message: string }) => item.message)).toEqual([
      expect.stringContaining('healthy in'),
      expect.stringContaining('not started: its command reads HOME_TOKEN'),
      'not started: ${input:token} is not set',
    ]);
    expect(sophia('logs', 'read').stdout).toContain('the token is ***');
    const config = readFileSync(
      JSON.parse(sophia('status', '--json').stdout).details.stateDirectory + '/client-config.json',
      'utf8',
    );
    expect(JSON.parse(config)).toEqual({
      mcpServers: { read: { type: 'http', url: `http://127.0.0.1:${first}/mcp` } },
    });
    sophia('stop');
  }, 120_000);

  test('has the logs of its servers, also as they come', async () => {
    const port = await freePort();
    const { sophia, follow } = workspace({ web: { command: process.execPath, args: [misbehaving], port } });
    expect(sophia('logs', 'web')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no fleet runs here'),
    });
    expect(sophia('start').status).toBe(0);
    expect(sophia('logs', 'wep').stderr).toContain('there is no log of "wep"; did you mean "web"?');
    const following = follow('logs', 'web', '-f');
    let seen = '';
    following.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await until(() => seen.includes('started as pid'));
    // The server says so when somebody ends a session.
    const headers = { 'mcp-session-id': 'of-a-test' };
    await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'DELETE', headers });
    await until(() => seen.includes('session of-a-test was ended'));
    // A restart is in the same log.
    expect(sophia('restart').status).toBe(0);
    await until(() => seen.match(/started as pid/g)?.length === 2);
    following.kill('SIGINT');
    const code = await new Promise((done) => following.on('close', done));
    expect(code).toBe(130);
    expect(seen.match(/session of-a-test was ended/g)).toHaveLength(1);
    const all = sophia('logs', 'web');
    expect([all.status, all.stdout]).toEqual([0, expect.stringContaining(seen.trim())]);
    sophia('stop');
  }, 120_000);
});
