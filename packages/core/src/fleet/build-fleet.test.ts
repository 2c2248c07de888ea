import { describe, expect, test } from '@jest/globals';

import { mcpSchema } from '../config/schema.ts';
import { buildFleet, selectServers } from './build-fleet.ts';
import { clientConfig } from './client-config.ts';
import { commandPorts } from './command-ports.ts';
import { testServer } from './fixtures/test-server.ts';
import { readRegistry } from './registry/read-registry.ts';

const build = (mcp: unknown, registry?: unknown) =>
  buildFleet({
    mcp: mcpSchema.parse(mcp),
    file: 'sophia.yml',
    placeOf: () => ({ line: 7, column: 5 }),
    registry:
      registry === undefined
        ? undefined
        : readRegistry({ text: JSON.stringify(registry), file: 'ports.json' }),
  });
const command = ['node', 'server.js'];

describe('configuration and registry together', () => {
  test("a server's own port wins; the registry's is shifted by the offset", () => {
    const servers = { memory: { command }, agent: { command, port: 7000 } };
    const { servers: built } = build(
      { servers, 'port-offset': 100 },
      { servers: { memory: 9000, agent: 9001 } },
    );
    expect(built.map(({ name, port }) => [name, port])).toEqual([
      ['memory', 9100],
      ['agent', 7000],
    ]);
    expect(built[0]).toMatchObject({ directory: 'memory', health: { mcp: '/mcp' }, readyTimeoutMs: 30_000 });
  });

  test.each([
    [
      'no port',
      { servers: { memory: { command } } },
      undefined,
      /sophia\.yml:7:5: server "memory" has no port/,
    ],
    [
      'one port for two',
      { servers: { a: { command }, b: { command, port: 9000 } } },
      { servers: { a: 9000 } },
      /both have port 9000/,
    ],
    [
      'no guess',
      { servers: { a: { command } } },
      { x: { servers: { a: 1000 } }, y: { servers: { a: 1001 } } },
      /"a" has several ports: 1000 .* 1001/,
    ],
    [
      'too far',
      { servers: { a: { command } }, 'port-offset': 60_000 },
      { servers: { a: 9000 } },
      /is 69000, which is no port/,
    ],
    [
      'a cycle',
      {},
      { mcpServers: { a: { command: 'x', needs: ['b'] }, b: { command: 'x', needs: ['a'] } } },
      /a needs b needs a/,
    ],
    [
      'an impossible port',
      {},
      { mcpServers: { a: { command: 'x', port: 70_000 } } },
      /ports\.json:1:\d+: "a" has port 70000: a port is a whole number/,
    ],
    [
      'what would be left out of a command',
      {},
      { mcpServers: { a: { command: 'x', args: 'y z', env: { A: { b: 1 } } } } },
      /"a": "args": expected a list of texts\n.*"a": "env\.A": expected a text/,
    ],
    [
      'a need of nobody',
      {},
      { mcpServers: { memory: { command: 'x' }, b: { command: 'x', needs: ['memroy'] } } },
      /ports\.json:1:\d+: "b" needs "memroy", and no server is named so; did you mean "memory"/,
    ],
  ])('%s is an error with its place', (_, mcp, registry, message) => {
    expect(() => build(mcp, registry)).toThrow(message);
  });

  test('of several environments the one that is meant counts', () => {
    const text = JSON.stringify({ prod: { servers: { a: 9000 } }, staging: { servers: { a: 9100 } } });
    const portIn = (environment: string) =>
      buildFleet({
        mcp: mcpSchema.parse({ servers: { a: { command } } }),
        file: 'sophia.yml',
        placeOf: () => ({ line: 1, column: 1 }),
        registry: readRegistry({ text, file: 'ports.json' }),
        environment,
      }).servers[0]?.port;
    expect([portIn('production'), portIn('staging')]).toEqual([9000, 9100]);
    expect(() => portIn('development')).toThrow(/"a" has several ports: 9000 .*, 9100/);
  });

  test('pipes need no port, and registries with commands need no servers', () => {
    const registry = {
      mcpServers: {
        graph: { command: 'node', args: ['graph.js'], env: { TOKEN: '${TOKEN}', LEVEL: 'info' } },
        web: { command: 'node web.js', port: 9000, health_endpoint: '/health', cwd: 'web' },
        elsewhere: { type: 'sse', url: 'https://example.com/sse' },
        off: { command: 'node', disabled: true },
      },
    };
    const { servers, remote } = build({}, registry);
    expect(servers).toMatchObject([
      { name: 'graph', health: { stdio: true }, env: { LEVEL: 'info' }, references: { TOKEN: '${TOKEN}' } },
      {
        name: 'web',
        command: ['node', 'web.js'],
        health: { mcp: '/mcp', http: '/health' },
        port: 9000,
        directory: 'web',
      },
    ]);
    expect(remote).toEqual([{ name: 'elsewhere', url: 'https://example.com/sse' }]);
  });

  test('folders of entries are under the root, unless they are whole paths or in the workspace', () => {
    const cwds = ['own', '/abs', '${workspaceFolder}', '${workspaceFolder}/x', '${HOME}/y', undefined];
    const mcpServers = Object.fromEntries(cwds.map((cwd, index) => [`s${index}`, { command: 'x', cwd }]));
    const { servers } = build({ root: 'servers' }, { mcpServers });
    expect(servers.map(({ directory, readsCommand }) => [directory, readsCommand])).toEqual([
      ['servers/own', undefined],
      ['/abs', undefined],
      ['.', true],
      ['x', true],
      ['${HOME}/y', true],
      ['servers', undefined],
    ]);
  });

  test('a selection brings what it needs, and refuses names of nobody', () => {
    const servers = [testServer('memory'), testServer('agent', { needs: ['memory'] }), testServer('other')];
    expect(selectServers(servers, ['agent']).map(({ name }) => name)).toEqual(['memory', 'agent']);
    expect(() => selectServers(servers, ['agnet'])).toThrow(
      'no server is named "agnet"; did you mean "agent"?',
    );
  });
});

test('ports in commands are found, whichever way they are written', () => {
  const of = (...words: [string, ...string[]]) =>
    commandPorts({ command: words, env: {} }).map(({ port }) => port);
  expect(of('node', '--port=9100')).toEqual([9100]);
  expect(of('node', '--port', '9100')).toEqual([9100]);
  expect(of('node', '-p', '9100')).toEqual([9100]);
  expect(of('node', '--http-port=9100', 'report.js', '--import', '8')).toEqual([9100]);
  expect(
    commandPorts({ command: ['node'], env: { PORT: '9000', SUPPORT: '1' } }).map(({ port }) => port),
  ).toEqual([9000]);
  expect(of('serve', '--listen', '127.0.0.1:9100', '--bind=:9101', '--address', 'db:5432')).toEqual([
    9100, 9101,
  ]);
  expect(of('mcp-proxy', '--port=9100', '--', 'node', 'x.js', '--port', '1')).toEqual([9100]);
  expect(of('npm', 'run', 'start', '--', '--port', '9100')).toEqual([9100]);
  const env = { MCP_PORT: '1', AI_MEMORY_PORT: '2', POSTGRES_PORT: '5432', FASTMCP_PORT: '3' };
  expect(
    commandPorts({ name: 'ai-memory', command: ['node'], env }).map(({ where, from }) => `${from} ${where}`),
  ).toEqual(['environment MCP_PORT=1', 'environment AI_MEMORY_PORT=2', 'environment FASTMCP_PORT=3']);
});

test('the file for clients holds addresses and commands, and no secret', () => {
  const servers = [
    testServer('web'),
    testServer('old', { health: { sse: '/sse' }, port: 9001 }),
    testServer('graph', { health: { stdio: true }, secrets: ['TOKEN'], env: { LEVEL: 'info' } }),
    testServer('plain', { health: { tcp: true } }),
  ];
  expect(clientConfig(servers, () => '/work')).toEqual({
    mcpServers: {
      web: { type: 'http', url: 'http://127.0.0.1:9000/mcp' },
      old: { type: 'sse', url: 'http://127.0.0.1:9001/sse' },
      graph: {
        command: 'node',
        args: ['server.js'],
        cwd: '/work',
        env: { LEVEL: 'info', TOKEN: '${TOKEN}' },
      },
    },
  });
});
