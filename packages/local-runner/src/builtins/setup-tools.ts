import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SophiaError } from '@sophia/core/errors';
import type { Builtin, BuiltinCall } from './builtin.ts';

const execute = promisify(execFile);

async function versionOf(program: string, env: BuiltinCall['env']): Promise<string> {
  const { stdout, stderr } = await execute(program, ['--version'], { env: { ...env } });
  return /\d+(\.\d+)*/.exec(stdout + stderr)?.[0] ?? '';
}

/** A plain version that was asked for must be the beginning of the one that is there; aliases are not judged. */
function warnUnlessMatching(call: BuiltinCall, wanted: string, actual: string): void {
  const plain = /^v?(\d+(?:\.\d+)*)(?:\.x)?$/.exec(wanted)?.[1];
  if (plain === undefined || `${actual}.`.startsWith(`${plain}.`)) return;
  call.warn(`version ${wanted} was asked for, this machine has ${actual}`);
}

/** `actions/setup-node`: the given Node comes first in PATH; npm is the machine's. */
export const setupNode: Builtin = {
  name: 'actions/setup-node',
  inputs: {
    'node-version': '',
    'node-version-file': '',
    cache: '',
    'cache-dependency-path': '',
    'check-latest': '',
    'package-manager-cache': '',
    architecture: '',
    token: '',
  },
  run: async (call) => {
    const version = await versionOf(call.nodePath, call.env);
    warnUnlessMatching(call, call.input('node-version'), version);
    call.addPath(dirname(call.nodePath));
    call.setOutput('node-version', `v${version}`);
    call.setOutput('cache-hit', 'false');
    call.log(`node ${version} (${call.nodePath})`);
  },
};

function findProgram(names: readonly string[], path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** `actions/setup-python`: the machine's Python, also under the name `python`. */
export const setupPython: Builtin = {
  name: 'actions/setup-python',
  inputs: {
    'python-version': '',
    cache: '',
    'cache-dependency-path': '',
    architecture: '',
    'check-latest': '',
    token: '',
  },
  run: async (call) => {
    const path = call.env['PATH'] ?? '';
    const python = findProgram(['python3', 'python'], path);
    if (python === undefined) {
      throw new SophiaError('environment', { message: 'there is no Python here', hint: 'install Python 3' });
    }
    const version = await versionOf(python, call.env);
    warnUnlessMatching(call, call.input('python-version'), version);
    if (findProgram(['python'], path) === undefined) {
      const folder = join(call.temp, 'python-bin');
      mkdirSync(folder, { recursive: true });
      if (!existsSync(join(folder, 'python'))) symlinkSync(python, join(folder, 'python'));
      call.addPath(folder);
    }
    call.setOutput('python-version', version);
    call.setOutput('python-path', python);
    call.log(`Python ${version} (${python})`);
  },
};
