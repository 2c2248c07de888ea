import { expect } from '@jest/globals';

import type { BundleRun } from './run-bundle.ts';

/** Expects these outputs of a run, among others; where they are not, what it printed is shown too. */
export function expectOutputs(
  { stdout, outputs }: BundleRun,
  expected: Readonly<Record<string, string>>,
): void {
  expect([stdout, outputs]).toEqual([stdout, expect.objectContaining(expected)]);
}
