import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { readRegistry } from '../registry/read-registry.ts';
import type { HealthSpec, ServerSpec } from '../server-spec.ts';
import { meantField, misspelled } from './misspelled.ts';
import { planCommands, planHealth } from './plan-configuration.ts';
import { planEntries } from './plan-entries.ts';
import { planRegistry } from './plan-registry.ts';
import { applyProposals, isReadable } from './proposal.ts';

const rulesOf = (text: string) => planRegistry(text, 'r.json').registry.findings.map(({ rule }) => rule);

describe('a registry', () => {
  const BROKEN = `{
  "port_ranges": { "servers": "9000-9009" },
  // kept as it is
  "servers": {
    "memory": 9000,   "search":9000,
    "asana": "9001"
  },
  "startup_order": ["memory", "serch", "asana"]
}
`.replace('  // kept as it is\n', '');

  test('is corrected where nobody has to be asked, and keeps its form', () => {
    const { text, proposals } = planRegistry(BROKEN, 'ports.json');
    expect(text).toBe(BROKEN.replace('"search":9000', '"search":9002').replace('"serch"', '"search"'));
    expect(proposals.map(({ server, place, why }) => [server, place.line, why])).toEqual([
      [
        'search',
        4,
        expect.stringMatching(/port 9000 of "search" belongs to "memory" already.*: 9000 becomes 9002$/),
      ],
      ['serch', 7, expect.stringMatching(/no server is named "serch".*: serch becomes search$/)],
    ]);
  });

  test('that is right is left alone', () => {
    const right = '{ "servers": { "a": 9000, "b": 9001 } }';
    expect(planRegistry(right, 'r.json')).toMatchObject({ text: right, proposals: [] });
  });

  test('with two ports for one server gets the first at both places', () => {
    const text =
      'servers:\n  a: { port: 9000 }\nmcp_servers:\n  core:\n    a: { port: "9005" } # was moved\n';
    expect(planRegistry(text, 'r.yaml').text).toBe(text.replace('"9005"', '"9000"'));
  });

  test('with no port left in its range keeps its double, for people to settle', () => {
    const text =
      '{ "port_ranges": { "servers": "9000-9001" }, "servers": { "a": 9000, "b": 9001, "c": 9000 } }';
    expect(planRegistry(text, 'r.json').proposals).toEqual([]);
    expect(rulesOf(text)).toContain('double-port');
  });

  const folder = join(import.meta.dirname, '../registry/fixtures');
  test.each(readdirSync(folder).filter((name) => name.endsWith('.json')))(
    '%s comes to rest, and stays there',
    (name) => {
      const original = readFileSync(join(folder, name), 'utf8');
      const once = planRegistry(original, name);
      const twice = planRegistry(once.text, name);
      expect(twice.proposals).toEqual([]);
      expect(twice.text).toBe(once.text);
      expect(once.text.split('\n')).toHaveLength(original.split('\n').length);
      if (once.proposals.length > 0)
        expect(rulesOf(once.text).length).toBeLessThan(rulesOf(original).length + 1);
    },
  );
});

const spec = (name: string, rest: Partial<ServerSpec>): ServerSpec =>
  ({ name, command: ['node', 'a.js'], env: {}, port: 9000, health: { mcp: '/mcp' }, ...rest }) as ServerSpec;

describe('a configuration', () => {
  const TEXT = `mcp:
  servers:
    # the memory
    memory:
      command: [node, a.js, --port=9100] # told twice
      port: 9000
    search: { command: node b.js --port 9105, port: 9001 }
    local: { command: [node, c.js] }
`;

  test('has the ports of its commands corrected where they stand', () => {
    const servers = [spec('memory', { command: ['node', 'a.js', '--port=9100'] })];
    const proposals = planCommands({ file: 'c.yml', text: TEXT, environment: 'production' }, servers);
    expect(applyProposals(TEXT, proposals)).toBe(TEXT.replace('--port=9100', '--port=9000'));
    expect(proposals).toMatchObject([{ server: 'memory', place: { line: 5, column: 29 } }]);
  });

  test('gets proven health endpoints in the form of each server’s map, and comments stay', () => {
    const proven = [
      { name: 'memory', declared: { mcp: '/mcp' }, proven: { mcp: '/mcp', http: '/healthz' } },
      { name: 'local', declared: { sse: '/sse' }, proven: { sse: '/sse', http: '/health' } },
    ];
    const after = applyProposals(
      TEXT,
      planHealth({ file: 'c.yml', text: TEXT, environment: 'production' }, proven),
    );
    expect(after).toBe(
      TEXT.replace(
        '      port: 9000\n',
        '      port: 9000\n      health: { mcp: /mcp, http: /healthz }\n',
      ).replace('[node, c.js] }', '[node, c.js], health: { sse: /sse, http: /health } }'),
    );
    expect(parse(after)).toMatchObject({ mcp: { servers: { memory: { health: { http: '/healthz' } } } } });
    expect(
      planHealth({ file: 'c.yml', text: TEXT, environment: 'production' }, [
        { name: 'nobody', declared: {}, proven: { http: '/x' } },
      ]),
    ).toEqual([]);
  });

  test('a command that is one text is corrected within it; another server’s port is not touched', () => {
    const servers = [
      spec('search', { port: 9001, command: ['node', 'b.js', '--port', '9105'] }),
      spec('local', { port: 9002, command: ['node', 'c.js', '--port', '9001'] }),
    ];
    const after = applyProposals(TEXT, planCommands({ file: 'c.yml', text: TEXT, environment: '' }, servers));
    expect(after).toBe(TEXT.replace('--port 9105', '--port 9001'));
  });

  const after = (text: string, name: string, proven: HealthSpec, declared: HealthSpec = { mcp: '/mcp' }) =>
    applyProposals(
      text,
      planHealth({ file: 'c', text, environment: 'production' }, [{ name, declared, proven }]),
    );

  test.each([
    [
      'a block at the end',
      'a:\n      port: 1 # why\n      env:\n        A: b # c\n\n    # next\n    b: { port: 2 }\n',
    ],
    [
      'a block text at the end',
      'a:\n      port: 1\n      command: |\n        node a.js\n    b: { port: 2 }\n',
    ],
    ['nothing but a block', 'a:\n      command:\n        - node # last\n    b: { port: 2 }\n'],
    ['no newline at the end', 'a:\n      port: 1'],
    ['lines of Windows', 'a:\r\n      port: 1\r\n    b: { port: 2 }\r\n'],
    ['a health of lines', 'a:\n      health:\n        mcp: /mcp # yes\n      port: 1\n'],
    ['a flow map over lines', 'a: {\n      port: 1, # why\n      command: [x]\n    }\n'],
  ])('with %s keeps everything that it has, and is read again', (_what, rest) => {
    const text = `mcp:\n  servers:\n    ${rest}`;
    const changed = after(text, 'a', { mcp: '/mcp', http: '/health' });
    expect(isReadable(changed)).toBe(true);
    const before = parse(text) as { mcp: { servers: { a: object } } };
    before.mcp.servers.a = { ...before.mcp.servers.a, health: { mcp: '/mcp', http: '/health' } };
    const found = parse(changed) as { mcp: { servers: { a: { health: object } } } };
    if (!rest.includes('health'))
      expect(found.mcp.servers.a.health).toEqual({ mcp: '/mcp', http: '/health' });
    expect(found).toEqual(before);
    for (const comment of text.match(/.*#.*/g) ?? []) expect(changed).toContain(comment);
  });

  test('is corrected where the environment says it, and not where a variable would be lost', () => {
    const text = `mcp:
  servers:
    a: { port: 1, health: { mcp: '\${P:-/x}' } }
    b: { port: 2, health: { mcp: /x } }
environments:
  production: { mcp: { servers: { b: { health: { mcp: /y } } } } }
`;
    expect(after(text, 'b', { mcp: '/' }, { mcp: '/y' })).toBe(text.replace('/y }', '/ }'));
    expect(after(text, 'a', { mcp: '/' }, { mcp: '/x' })).toBe(text);
    expect(after(text, 'b', { mcp: '/a,b' }, { mcp: '/y' })).toBe(text.replace('/y }', '"/a,b" }'));
  });
});

describe('a registry that starts its servers', () => {
  const TEXT = `{
  // ours
  "mcpServers": {
    "web": {
      "command": "node",
      "port": 9000 /* ours */
    },
    "one": { "command": "node", "port": 9001, "health_endpoint": "/healthz" },
    "old": { "command": "node", "port": 9002, "transport": "http" }
  }
}
`;
  const after = (name: string, declared: HealthSpec, proven: HealthSpec, text = TEXT) => {
    const registry = readRegistry({ text, file: '.mcp.json' });
    return applyProposals(text, planEntries(text, registry, [{ name, declared, proven }]));
  };

  test('gets proven health in its own words, and keeps its form and comments', () => {
    expect(after('web', { mcp: '/mcp' }, { mcp: '/mcp', http: '/health' })).toBe(
      TEXT.replace('9000 /*', '9000,\n      "health_endpoint": "/health" /*'),
    );
    expect(after('one', { mcp: '/mcp', http: '/healthz' }, { mcp: '/mcp', http: '/health' })).toBe(
      TEXT.replace('/healthz', '/health'),
    );
    expect(after('old', { mcp: '/mcp' }, { sse: '/sse', http: '/ping' })).toBe(
      TEXT.replace('"transport": "http"', '"transport": "sse", "health_endpoint": "/ping"'),
    );
    expect(after('one', { mcp: '/mcp', http: '/healthz' }, { stdio: true })).toBe(TEXT);
    const text = '- name: a\n  command: node a.js\n  port: 9000\n';
    expect(after('a', { mcp: '/mcp' }, { stdio: true }, text)).toBe(
      `${text.trimEnd()}\n  transport: stdio\n`,
    );
  });

  test('has no words for a path of MCP that is not the usual one', () => {
    expect(after('web', { mcp: '/mcp' }, { mcp: '/' })).toBe(TEXT);
  });
});

describe('a slip', () => {
  test.each([
    ['serch', 'search'],
    ['saerch', 'search'],
    ['Search', 'search'],
    ['snowflake_cortex', undefined],
    ['gong_v3', undefined],
    ['sear', undefined],
    ['linera', undefined],
  ])('%s means %s', (name, meant) => {
    expect(misspelled(name, ['search', 'snowflake_admin', 'gong_v1', 'linear', 'linea'])).toBe(meant);
  });

  test.each([
    ['prot', [], 'port'],
    ['port_number', [], 'port'],
    ['workingDirectory', [], 'cwd'],
    ['ports', [], undefined],
    ['prot', ['port'], undefined],
    ['colour', [], undefined],
  ])('of a field: %s beside %j means %s', (field, others, meant) => {
    expect(meantField(field, [field, ...others])).toBe(meant);
  });

  test('of fields and ports in a registry is corrected', () => {
    const text =
      '{ "port_ranges": { "core": "9000-9009" },\n "servers": { "core": { "a": { "prot": 9000, "command": "x" }, "b": { "port": 9100, "cmd": "x" } } } }';
    const { text: corrected, proposals } = planRegistry(text, 'r.json');
    expect(corrected).toBe(
      text.replace('"prot"', '"port"').replace('9100', '9001').replace('"cmd"', '"command"'),
    );
    expect(proposals).toHaveLength(3);
  });
});
