import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { configured, sophia } from './cli-workspace.ts';

describe('sophia mcp render', () => {
  const FLEET = `mcp:
  root: .
  servers:
    ai_memory: { command: [node, a.js], port: 9000, secrets: [OPENAI_API_KEY], env: { KEY: '\${OPENAI_API_KEY}' } }
    search: { command: [node, b.js, '--key=\${OPENAI_API_KEY}'], port: 9001, needs: [ai_memory] }
environments: { production: {} }
`;
  const secret = { OPENAI_API_KEY: 'sk-fake-planted-0001' };

  test.each(['compose', 'kubernetes', 'toolhive'])(
    '%s goes to stdout, what is lost to stderr, no secret anywhere',
    async (format) => {
      const run = await sophia(
        ['mcp', 'render', '--format', format, '--image', 'search=acme/search:1'],
        configured(FLEET),
        secret,
      );
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain('acme/search:1');
      expect(run.stdout).toContain('OPENAI_API_KEY');
      expect(run.stderr).toContain(
        'not said: ai_memory: its image; say it under mcp.servers, or with --image SERVER=IMAGE',
      );
      expect(run.stdout + run.stderr).not.toContain('planted');
    },
  );

  test('takes images from the configuration, and the option before them', async () => {
    const cwd = configured(
      FLEET.replace('port: 9000,', 'port: 9000, image: "acme/memory:${TAG:-7}",').replace(
        'port: 9001,',
        'port: 9001, image: acme/search:7,',
      ),
    );
    const run = await sophia(
      ['mcp', 'render', '--format', 'compose', '--image', 'search=acme/search:8'],
      cwd,
    );
    expect(run.stdout).toContain('image: acme/memory:7');
    expect(run.stdout).toContain('image: acme/search:8');
    expect(run.stderr).not.toContain('its image; say');
  });

  test('writes a file a server into a folder', async () => {
    const cwd = configured(FLEET);
    const run = await sophia(['mcp', 'render', '--format', 'kubernetes', '--output', 'cluster/'], cwd);
    expect([run.exitCode, run.stdout]).toEqual([0, '']);
    expect(run.stderr).toContain('wrote cluster/ai-memory.yaml\nwrote cluster/search.yaml\n');
    expect(readFileSync(join(cwd, 'cluster/search.yaml'), 'utf8')).toContain('name: wait-1-for-ai-memory');
  });

  test('says what it expects', async () => {
    const cwd = configured(FLEET);
    const wrong = [
      ['--format', 'composer'],
      [],
      ['--format', 'compose', '--image', 'serch=x'],
      ['--format', 'compose', '--image', 'x'],
    ];
    const runs = await Promise.all(wrong.map((args) => sophia(['mcp', 'render', ...args], cwd)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
    expect(runs.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      expect.stringContaining('Allowed choices are compose, kubernetes, toolhive'),
      expect.stringContaining("required option '--format <format>'"),
      expect.stringContaining('no server is named "serch"; did you mean "search"?'),
      expect.stringContaining('--image: expected SERVER=IMAGE, got "x"'),
    ]);
  });
});
