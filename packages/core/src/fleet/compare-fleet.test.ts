import { describe, expect, test } from '@jest/globals';

import { commandFindings, comparedFindings } from './compare-fleet.ts';
import { testServer } from './fixtures/test-server.ts';
import { readRegistry } from './registry/read-registry.ts';
import type { ServerSpec } from './server-spec.ts';
import { renderFinding } from './validate-fleet.ts';

const fleet = (...servers: ServerSpec[]) => ({
  servers,
  file: 'sophia.yml',
  placeOf: (path: readonly PropertyKey[]) => ({ line: path.at(-1) === 'port' ? 7 : 8, column: 3 }),
});

interface Meant {
  readonly offset?: number;
  readonly environment?: string;
}

const compared = (
  servers: readonly ServerSpec[],
  registry: unknown,
  { offset = 0, environment = '' }: Meant = {},
) =>
  comparedFindings(fleet(...servers), {
    registry: readRegistry({ text: JSON.stringify(registry), file: 'ports.json' }),
    offset,
    environment,
  }).map((finding) => `${finding.level} ${finding.rule} ${finding.server} ${renderFinding(finding)}`);

describe('a fleet beside its registry', () => {
  const REGISTRY = { servers: { memory: 9000, agent: 9001 } };

  test('that agrees with it has no findings, shifted or not', () => {
    expect(compared([testServer('memory'), testServer('agent', { port: 9001 })], REGISTRY)).toEqual([]);
    expect(compared([testServer('memory', { port: 9100 })], REGISTRY, { offset: 100 })).toEqual([]);
    expect(compared([testServer('memory', { port: undefined })], REGISTRY)).toEqual([]);
  });

  test('contradicts it with a port of its own', () => {
    expect(compared([testServer('memory', { port: 9005 })], REGISTRY, { offset: 100 })).toEqual([
      'failure contradiction memory sophia.yml:7:3: the fleet gives it port 9005, and the registry 9000, with the offset 9100 (ports.json:1, $.servers.memory)',
    ]);
  });

  test('takes a port that is another’s there, unless that one is on another machine, or in the fleet', () => {
    expect(compared([testServer('own', { port: 9001 })], REGISTRY)).toEqual([
      'failure double-port own sophia.yml:7:3: port 9001 is "agent"\'s in the registry (ports.json:1, $.servers.agent)',
      'warning unregistered own sophia.yml:7:3: is not in the registry ports.json',
    ]);
    const elsewhere = { instances: { a: { ip: '203.0.113.1', services: { agent: 9001 } } } };
    expect(compared([testServer('own', { port: 9001 })], elsewhere)).toEqual([
      'warning unregistered own sophia.yml:7:3: is not in the registry ports.json',
    ]);
    const moved = [testServer('memory', { port: 9001 }), testServer('agent', { port: 9002 })];
    expect(compared(moved, REGISTRY).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'failure contradiction memory',
      'failure contradiction agent',
    ]);
  });

  test('has a name that is nearly one of its', () => {
    expect(compared([testServer('memroy', { port: 8000 })], REGISTRY)).toEqual([
      'warning unregistered memroy sophia.yml:7:3: is not in the registry ports.json; did you mean "memory"?',
    ]);
  });

  test('keeps to the reserved range of its environment, else to any; the offset is taken off', () => {
    const ranges = { production: '9000-9099', development: '9100-9199' };
    const registry = { ...REGISTRY, reserved_ranges: ranges };
    const at = (port: number, meant: Meant) =>
      compared([testServer('new', { port })], registry, meant).length;
    expect(at(9050, { environment: 'production' })).toBe(1);
    expect(compared([testServer('new', { port: 9150 })], registry, { environment: 'production' })).toEqual([
      'warning unregistered new sophia.yml:7:3: is not in the registry ports.json',
      "warning out-of-range new sophia.yml:7:3: port 9150 is outside of the registry's ranges (production 9000-9099)",
    ]);
    expect(at(9150, { environment: 'dev' })).toBe(1);
    expect(at(9150, { environment: 'production', offset: 100 })).toBe(1);
    expect(at(9150, { environment: 'staging' })).toBe(1);
    expect(at(9300, { environment: 'staging' })).toBe(2);
  });
});

test('a command or a variable that names another port is shown where it stands', () => {
  const servers = [
    testServer('memory', { command: ['node', 'a.js', '--port', '9100'] }),
    testServer('agent', { env: { PORT: '9001', MCP_PORT: '9000' } }),
  ];
  expect(commandFindings(fleet(...servers)).map(renderFinding)).toEqual([
    'sophia.yml:8:3: its command says --port 9100, and the fleet gives it port 9000',
    'sophia.yml:8:3: its environment says PORT=9001, and the fleet gives it port 9000',
  ]);
});
