import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { SophiaError } from '../../errors.ts';
import { readRegistry } from './read-registry.ts';
import type { Registry } from './registry.ts';

const read = (value: unknown) =>
  readRegistry({ text: JSON.stringify(value, undefined, 2), file: 'ports.json' });
const wild = (file: string) =>
  readRegistry({ text: readFileSync(join(import.meta.dirname, 'fixtures', file), 'utf8'), file });
const portsOf = ({ servers }: Registry) =>
  Object.fromEntries(
    [...servers].map(([name, { claims }]) => [
      name,
      claims.filter(({ role }) => role === 'port').map(({ port }) => port),
    ]),
  );
const brief = ({ findings }: Registry) =>
  findings.map(({ level, rule, place, path }) => `${level} ${rule} ${place.line} ${path}`);
const counts = ({ findings }: Registry) =>
  findings.reduce<Record<string, number>>((sum, { rule }) => ({ ...sum, [rule]: (sum[rule] ?? 0) + 1 }), {});

describe('the registries found in the wild', () => {
  test.each([
    ['unified_mcp_port_registry.json', 21, {}],
    ['mcp_ports.json', 19, {}],
    ['mcp_master_port_registry.json', 19, {}],
    ['cursor_phase1_mcp_config.json', 5, {}],
    ['unified_mcp_config.json', 15, { 'ghost-name': 2 }],
    ['enhanced_mcp_ports.json', 29, { 'ghost-name': 8 }],
    ['production_aligned_mcp_ports.json', 19, { 'out-of-range': 2 }],
    [
      'consolidated_mcp_ports.json',
      60,
      { 'double-port': 25, contradiction: 15, 'out-of-range': 3, 'removed-but-listed': 3 },
    ],
  ])('%s: %i servers', (file, servers, findings) => {
    const registry = wild(file);
    expect(registry.servers.size).toBe(servers);
    expect(counts(registry)).toEqual(findings);
  });

  test('a finding names line, column and JSON path', () => {
    expect(brief(wild('unified_mcp_config.json'))).toEqual([
      'failure ghost-name 419 $.orchestration.startup_order[15]',
      'failure ghost-name 420 $.orchestration.startup_order[16]',
    ]);
  });

  test('ports, commands, priorities and needs come out as one model', () => {
    expect(portsOf(wild('unified_mcp_port_registry.json'))['ui_ux_agent']).toEqual([9002]);
    const unified = wild('unified_mcp_config.json').servers.get('gong');
    expect(unified?.launch).toMatchObject({
      command: ['python3', 'mcp-servers/gong/server.py'],
      healthEndpoint: '/health',
    });
    expect(unified?.priority).toBe(3);
    expect(wild('enhanced_mcp_ports.json').servers.get('apify_intelligence')?.needs).toEqual(['ai_memory']);
    expect(wild('cursor_phase1_mcp_config.json').servers.get('apify')).toMatchObject({
      url: 'https://mcp.apify.com/sse',
    });
  });
});

describe('relatives of these shapes', () => {
  test.each([
    ['flat', { memory: 9000, agent: 9001 }],
    [
      'a list of objects',
      {
        services: [
          { name: 'memory', port: 9000 },
          { name: 'agent', port: 9001 },
        ],
      },
    ],
    [
      'a list of another key',
      {
        assignments: [
          { server: 'memory', port: 9000 },
          { server: 'agent', port: 9001 },
        ],
      },
    ],
    [
      'addresses',
      { endpoints: {}, services: { memory: 'http://127.0.0.1:9000/mcp', agent: '127.0.0.1:9001' } },
    ],
    ['nested categories', { ports: { core: { memory: 9000 }, tools: { own: { agent: { port: 9001 } } } } }],
    ['text', { servers: { memory: '9000', agent: 9001 } }],
    ['ports as keys', { ports: { 9000: 'memory', 9001: 'agent' } }],
    [
      'a list of ports each, as compose has it too',
      { services: { memory: { ports: ['127.0.0.1:9000:80'] }, agent: [9001] } },
    ],
    [
      'a map of ports each, of which not all are its own',
      { servers: { memory: { ports: { http: 9000, metrics: 9100 } }, agent: { port: 9001 } } },
    ],
    ['other words for port', { servers: { memory: { mcp_port: 9000 }, agent: { httpPort: 9001 } } }],
    ['capitals', { MCP_Servers: { memory: { PORT: 9000 }, agent: 9001 } }],
    ['hyphens', { 'mcp-servers': { memory: 9000, agent: 9001 } }],
    ['camels', { portAssignments: { memory: 9000, agent: 9001 } }],
    ['settings beside', { servers: { memory: 9000, agent: 9001, timeout: 5000, version: 2 } }],
    ['no word for servers', { core: { memory: 9000 }, tools: { own: { agent: { port: 9001 } } } }],
    [
      'a list alone',
      [
        { name: 'memory', port: 9000 },
        { name: 'agent', port: 9001 },
      ],
    ],
    [
      'addresses of other clients',
      {
        mcpServers: {
          memory: { httpUrl: 'http://127.0.0.1:9000/mcp' },
          agent: { serverUrl: 'http://[::1]:9001/sse' },
        },
      },
    ],
  ])('%s', (_, shape) => {
    expect(portsOf(read(shape))).toEqual({ memory: [9000], agent: [9001] });
  });

  test('commands in the words of other editors', () => {
    const { servers } = read({
      context_servers: { memory: { command: { path: 'node', args: ['m.js'], env: { A: '1' } } } },
      mcp: { agent: { type: 'local', command: ['node', 'a.js'], environment: { B: '2' } } },
      projects: { '/home/me': { mcpServers: { tool: { command: 'npx', args: ['-y', 'tool'] } } } },
    });
    expect(servers.get('memory')?.launch).toMatchObject({ command: ['node', 'm.js'], env: { A: '1' } });
    expect(servers.get('tool')?.launch?.command).toEqual(['npx', '-y', 'tool']);
    const alone = read({ mcp: { agent: { command: ['node', 'a.js'], environment: { B: '2' } } } });
    expect(alone.servers.get('agent')?.launch).toMatchObject({ command: ['node', 'a.js'], env: { B: '2' } });
  });

  test('comments of editors are passed over, and everything keeps its place', () => {
    const text =
      '{\n  // ours: "a": 1\n  "servers": { /* old */ "a": 9000, "b": 9000, "c": "http://x:9001/" },\n}';
    expect(brief(readRegistry({ text, file: 'mcp.json' }))).toEqual(['failure double-port 3 $.servers.b']);
    expect(portsOf(readRegistry({ text, file: 'mcp.json' }))).toEqual({ a: [9000], b: [9000], c: [9001] });
  });

  test('each environment has ports of its own', () => {
    const registry = read({ production: { servers: { a: 9000 } }, staging: { servers: { a: 9100 } } });
    expect(registry.findings).toEqual([]);
    const claims = registry.servers.get('a')?.claims ?? [];
    expect(claims.map(({ environment, port }) => [environment, port])).toEqual([
      ['production', 9000],
      ['staging', 9100],
    ]);
  });

  test('YAML is read too', () => {
    const text = 'servers:\n  memory: 9000\n  agent:\n    port: 9001\n';
    expect(portsOf(readRegistry({ text, file: 'ports.yml' }))).toEqual({ memory: [9000], agent: [9001] });
  });
});

describe('what is wrong is found', () => {
  test('doubles and contradictions, but not on different machines', () => {
    const double = read({ servers: { memory: 9000, agent: 9000 } });
    expect(brief(double)).toEqual(['failure double-port 4 $.servers.agent']);
    const contradiction = read({ core: { servers: { memory: 9000 } }, tools: { servers: { memory: 9001 } } });
    expect(brief(contradiction)).toEqual(['failure contradiction 9 $.tools.servers.memory']);
    const machines = {
      instances: {
        a: { ip: '203.0.113.1', services: { x: 80 } },
        b: { ip: '203.0.113.2', services: { y: 80 } },
      },
    };
    expect(brief(read(machines))).toEqual([]);
  });

  test('impossible ports, unknown fields, ports out of their range, names of nobody', () => {
    expect(brief(read({ servers: { memory: 65_536, agent: 0, tool: 1.5 } }))).toEqual([
      'failure impossible-port 3 $.servers.memory',
      'failure impossible-port 4 $.servers.agent',
      'failure impossible-port 5 $.servers.tool',
    ]);
    const unknown = read({ servers: { memory: { port: 9000, pord: 1 } } });
    expect(unknown.findings[0]?.message).toBe('unknown field "pord"; did you mean "port"?');
    const ranged = { port_ranges: { core: '9000-9009' }, servers: { core: { memory: 9010 } } };
    expect(brief(read(ranged))).toEqual(['warning out-of-range 7 $.servers.core.memory']);
    const misspelled = read({ servers: { memory: { prot: 9000 }, agent: 9001 } });
    expect(portsOf(misspelled)).toEqual({ memory: [], agent: [9001] });
    expect(misspelled.findings[0]?.message).toBe('unknown field "prot"; did you mean "port"?');
    const ghost = { servers: { memory: 9000 }, startup_order: ['memroy'] };
    expect(read(ghost).findings[0]?.message).toBe('no server is named "memroy"; did you mean "memory"?');
  });

  test('what an entry needs, and whoever needs something, must be there', () => {
    const registry = read({
      mcpServers: {
        a: { command: 'x', needs: ['ghost'] },
        b: { command: 'x', depends_on: { a: {}, spirit: { condition: 'service_healthy' } } },
      },
      dependencies: { nobody: ['a'] },
    });
    expect(brief(registry)).toEqual([
      'failure ghost-name 6 $.mcpServers.a.needs[0]',
      'failure ghost-name 13 $.mcpServers.b.depends_on.spirit',
      'failure ghost-name 20 $.dependencies.nobody',
    ]);
    expect(registry.servers.get('b')).toMatchObject({ needs: ['a'], lacks: [{ name: 'spirit' }] });
  });

  test('what stands where a port should is told as it stands there', () => {
    const registry = read({
      servers: {
        a: { port: 'nine' },
        b: { port: null },
        c: null,
        d: { colour: 'red' },
        e: [9000, 9001],
        f: { port: '9002' },
      },
      port_ranges: { core: '9009-9000' },
    });
    expect(registry.findings.map(({ rule, path, message }) => `${rule} ${path} ${message}`)).toEqual([
      'impossible-port $.servers.a.port "a" has port "nine": a port is a whole number from 1 to 65535',
      'unreadable-value $.servers.b.port the port of "b" is empty',
      'unreadable-value $.servers.c "c": expected a port, an entry with one, or an address',
      'unreadable-value $.servers.d "d": expected a port, an entry with one, or an address',
      'contradiction $.servers.e[1] "e" has port 9001 here and 9000 at line 14 ($.servers.e[0])',
      'unreadable-value $.servers.f.port the port of "f" is text, not a number',
      'unreadable-value $.port_ranges.core the range "core": expected "from-to", [from, to] or {start, end}',
    ]);
  });

  test.each([
    '{}',
    '[]',
    '{"hello": "world"}',
    '{"servers": {}}',
    '{"version": 3, "timeout": 5000}',
    '{"port": 3000}',
    '{"server": {"port": 3000}}',
    '{"servers": {"a": "nine"}}',
    '{"name": "app", "repository": {"type": "git", "url": "https://example.com:8443/x.git"}}',
    '{"rules": {"max-lines": [2, 300], "indent": 4}}',
    '[1, 2]',
    'MEMORY_PORT=9000',
    '"text"',
    '',
  ])('a shape that is not understood is refused, with what was expected: %s', (text) => {
    let refused: unknown;
    try {
      readRegistry({ text, file: 'ports.json' });
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(SophiaError);
    expect(refused).toMatchObject({
      message: expect.stringMatching(/^ports\.json:1:1: this shape of registry is not understood/),
      hint: expect.stringContaining('expected names with ports ({"servers": {"name": 9000}}'),
    });
  });

  test('broken syntax is refused with its line', () => {
    expect(() =>
      readRegistry({ text: '{\n  "servers": {\n    "a": 9000,,\n  }\n}', file: 'ports.json' }),
    ).toThrow(/^ports\.json:3:/);
  });

  test('whatever a file holds, it is read or refused, and never an accident', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        try {
          readRegistry({ text, file: 'ports.json' });
        } catch (error) {
          expect(error).toBeInstanceOf(SophiaError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
