import { test } from '@jest/globals';

/** Where `npm run conformance` has put a program of others; empty where it could not be had, as its set-up says. */
export const toolPath = (name: string): string =>
  process.env[`SOPHIA_TOOL_${name.toUpperCase().replaceAll('-', '_')}`] ?? '';

/** @returns those of the programs that are absent. */
export const absentTools = (...names: readonly string[]): readonly string[] =>
  names.filter((name) => toolPath(name) === '');

/** A test that needs such programs; skipped, with the reason printed by the set-up, where one is absent. */
export const testWith = (...names: readonly string[]): typeof test | typeof test.skip =>
  absentTools(...names).length > 0 ? test.skip : test;
