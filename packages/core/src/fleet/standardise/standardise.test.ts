import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import type { ServerSpec } from '../server-spec.ts';
import { planCommands, planHealth } from './plan-configuration.ts';
import { planRegistry } from './plan-registry.ts';
import { applyProposals } from './proposal.ts';

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
    const proposals = planCommands({ file: 'c.yml', text: TEXT }, servers);
    expect(applyProposals(TEXT, proposals)).toBe(TEXT.replace('--port=9100', '--port=9000'));
    expect(proposals).toMatchObject([{ server: 'memory', place: { line: 5, column: 29 } }]);
  });

  test('gets proven health endpoints in the form of each server’s map, and comments stay', () => {
    const proven = [
      { name: 'memory', declared: { mcp: '/mcp' }, http: '/healthz' },
      { name: 'local', declared: { sse: '/sse' }, http: '/health' },
    ];
    const after = applyProposals(TEXT, planHealth({ file: 'c.yml', text: TEXT }, proven));
    expect(after).toBe(
      TEXT.replace(
        '      port: 9000\n',
        '      port: 9000\n      health: { mcp: /mcp, http: /healthz }\n',
      ).replace('[node, c.js] }', '[node, c.js], health: { sse: /sse, http: /health } }'),
    );
    expect(parse(after)).toMatchObject({ mcp: { servers: { memory: { health: { http: '/healthz' } } } } });
    expect(planHealth({ file: 'c.yml', text: TEXT }, [{ name: 'nobody', declared: {}, http: '/x' }])).toEqual(
      [],
    );
  });
});
