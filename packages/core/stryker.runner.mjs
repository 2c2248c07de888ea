// A runner for Stryker: the tests of a package without effects leave nothing behind, so one process tries mutant after
// mutant, where Jest would make a new world for each. What tests import of Jest is in stryker.globals.mjs.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';

import { tests } from './stryker.globals.mjs';

const globals = import.meta.resolve('./stryker.globals.mjs');
registerHooks({
  resolve: (name, context, next) =>
    name === '@jest/globals' ? { url: globals, shortCircuit: true } : next(name, context),
});

// The same examples for every mutant, so that a score does not depend on chance; and the first that fails is enough.
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** What the instrumented sources read: the mutant, and how often its place may be passed before it is a loop. */
const stryker = (globalThis.__stryker__ ??= {});

class InProcessRunner {
  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    const paths = process.env.SOPHIA_MUTATION_TESTS.split(',');
    for (const path of paths) await import(pathToFileURL(join(process.cwd(), 'src', `${path}.test.ts`)));
  }

  async dryRun() {
    const results = [];
    for (const { name, run } of tests) results.push(await tried(name, run));
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(stryker, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    const results = [];
    for (const { name, run } of tests) {
      if (testFilter !== undefined && !testFilter.includes(name)) continue;
      const result = await tried(name, run);
      results.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    stryker.activeMutant = undefined;
    return toMutantRunResult(
      determineHitLimitReached(stryker.hitCount, hitLimit) ?? {
        status: DryRunStatus.Complete,
        tests: results,
      },
    );
  }
}

async function tried(name, run) {
  stryker.currentTestId = name;
  const startedMs = performance.now();
  const ended = (more) => ({ id: name, name, timeSpentMs: performance.now() - startedMs, ...more });
  try {
    await run();
    return ended({ status: TestStatus.Success });
  } catch (error) {
    return ended({ status: TestStatus.Failed, failureMessage: String(error) });
  } finally {
    stryker.currentTestId = undefined;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
