import type { Builtin } from './builtin.ts';

const table: Readonly<Record<string, Builtin>> = {};

/** @returns the local equivalent of `owner/repo` or `owner/repo/path`, at any ref. */
export function findBuiltin(name: string): Builtin | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
