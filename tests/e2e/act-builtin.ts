import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import type { Builtin, BuiltinCall } from '@sophia/local-runner/builtins/builtin';
import type { Permissions } from '@sophia/local-runner/workflow/permissions';

/** act gives jobs no permissions, so there is nothing to refuse here. */
const ALL: Permissions = { 'security-events': 'write', 'id-token': 'write', attestations: 'write' };

const appendTo = (file: string | undefined, line: string) => appendFileSync(file ?? '/dev/null', `${line}\n`);

function callOf({ inputs }: Builtin): BuiltinCall {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  return {
    input: (name) => (env[`INPUT_${name.toUpperCase()}`] ?? inputs[name] ?? '').trim(),
    workspace: env['GITHUB_WORKSPACE'] ?? '',
    temp: env['RUNNER_TEMP'] ?? '',
    outDirectory: join(env['RUNNER_TEMP'] ?? '', 'builtin'),
    jobId: env['GITHUB_JOB'] ?? '',
    env,
    github: {
      server_url: env['GITHUB_SERVER_URL'] ?? '',
      repository: env['GITHUB_REPOSITORY'] ?? '',
      run_id: env['GITHUB_RUN_ID'] ?? '',
    },
    permissions: ALL,
    nodePath: process.execPath,
    signal: new AbortController().signal,
    source: { directory: '', sha: '' },
    log: (line) => process.stdout.write(`${line}\n`),
    warn: (message) => process.stdout.write(`::warning::${message}\n`),
    setOutput: (name, value) => appendTo(env['GITHUB_OUTPUT'], `${name}=${value}`),
    addPath: (directory) => appendTo(env['GITHUB_PATH'], directory),
  };
}

/** Runs a local equivalent of a third-party action as the JavaScript action that act takes it for. */
export async function runAsAction(builtin: Builtin): Promise<void> {
  try {
    await builtin.run(callOf(builtin));
  } catch (error) {
    const message = error instanceof SophiaError ? `${error.message} (${error.hint})` : String(error);
    process.stdout.write(`::error::${message}\n`);
    process.exitCode = 1;
  }
}
