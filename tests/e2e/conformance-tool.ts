import { test } from '@jest/globals';

/** Where `npm run conformance` has put a program of others; empty where it could not be had, as its set-up says. */
export const toolPath = (name: string): string => process.env[`SOPHIA_TOOL_${name.toUpperCase()}`] ?? '';

/** A test that needs such a program; skipped, with the reason printed by the set-up, where it is absent. */
export const testWith = (name: string): typeof test | typeof test.skip =>
  toolPath(name) === '' ? test.skip : test;
