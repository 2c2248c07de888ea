import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import type { Builtin, BuiltinCall } from './builtin.ts';
import { requirePermission } from './require-permission.ts';

function refuse(path: string, message: string): SophiaError {
  return new SophiaError('configuration', {
    message: `upload-sarif: ${path}: ${message}`,
    hint: 'write a SARIF 2.1.0 document',
  });
}

/** As much of SARIF 2.1.0 as code scanning insists on: the version, and runs with a named tool and results. */
function checkSarif(path: string): number {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw refuse(path, 'is no JSON');
  }
  const { version, runs } = (document ?? {}) as { version?: unknown; runs?: unknown };
  if (version !== '2.1.0') throw refuse(path, "has no version '2.1.0'");
  if (!Array.isArray(runs)) throw refuse(path, 'has no list of runs');
  const isRun = (run: { tool?: { driver?: { name?: unknown } } } | null): boolean =>
    typeof run?.tool?.driver?.name === 'string';
  if (!runs.every(isRun)) throw refuse(path, 'has a run without tool.driver.name');
  return runs.flatMap((run: { results?: unknown[] }) => run.results ?? []).length;
}

function sarifFiles(call: BuiltinCall): string[] {
  const path = resolve(call.workspace, call.input('sarif_file') || '../results');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) {
    throw new SophiaError('not-found', {
      message: `upload-sarif: ${path} does not exist`,
      hint: 'check sarif_file',
    });
  }
  if (!stat.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sarif'))
    .map((name) => join(path, name));
}

/** `github/codeql-action/upload-sarif`: checks each file and keeps it under `sarif/` of the out directory. */
export const uploadSarif: Builtin = {
  name: 'github/codeql-action/upload-sarif',
  inputs: {
    sarif_file: '',
    category: '',
    checkout_path: '',
    ref: '',
    sha: '',
    token: '',
    'wait-for-processing': '',
  },
  run: (call) => {
    requirePermission(call, 'security-events', 'write');
    const folder = join(call.outDirectory, 'sarif');
    mkdirSync(folder, { recursive: true });
    for (const path of sarifFiles(call)) {
      const count = checkSarif(path);
      const target = join(folder, `${call.jobId}-${readdirSync(folder).length + 1}.sarif`);
      copyFileSync(path, target);
      call.log(`${path}: ${count} result(s), kept as ${target}`);
    }
    call.setOutput('sarif-id', call.jobId);
  },
};
