import { afterEach, expect, test } from '@jest/globals';

import { freePorts, server, testFleet } from './fixtures/test-fleet.ts';
import type { TestFleet } from './fixtures/test-fleet.ts';

const FLEETS = 25;
const SERVERS = 20;
/** A machine that is busy with other tests must not make a start late: only failures of ours count here. */
const PATIENT = { 'ready-timeout': '2m', restart: { limit: 0 } };

let fleet: TestFleet | undefined;
afterEach(() => fleet?.dispose());

test(`${FLEETS * SERVERS} starts, of which none fails, and after each fleet nothing is left`, async () => {
  const started = performance.now();
  for (let round = 0; round < FLEETS; round += 1) {
    const ports = await freePorts(SERVERS);
    const servers = ports.map((port, index) => {
      // Chains of four, some with children of their own, so that order and sweeping are at work as well.
      const needs = index % 4 === 0 ? [] : [`server-${index - 1}`];
      return [`server-${index}`, server(port, index % 5 === 0 ? ['--stray'] : [], { ...PATIENT, needs })];
    });
    fleet = await testFleet(Object.fromEntries(servers), {
      mcp: { concurrency: 1 + (round % 8), 'start-timeout': '10m' },
    });
    const { items } = await fleet.start();
    const facts = items.map(({ name, attempts, details }) => [name, details['state'], attempts]);
    expect(facts).toEqual(items.map(({ name }) => [name, 'healthy', 1]));
    await fleet.dispose();
    expect(fleet.processes()).toEqual([]);
  }
  console.log(`${FLEETS * SERVERS} starts in ${Math.round((performance.now() - started) / 1_000)} s`);
}, 900_000);
