import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { git } from '../checkout-source.ts';
import type { Builtin, BuiltinCall } from './builtin.ts';

/** Inputs that change what is checked out in a way that there is no local counterpart of. */
const ONLY_DEFAULT = ['submodules', 'lfs', 'sparse-checkout', 'ssh-key', 'filter', 'github-server-url'];

function refuse(message: string, hint: string): SophiaError {
  return new SophiaError('unsupported', { message, hint });
}

function targetFolder(call: BuiltinCall): string {
  const folder = resolve(call.workspace, call.input('path'));
  if (relative(call.workspace, folder).startsWith('..')) {
    throw refuse(
      `checkout: path '${call.input('path')}' leaves the workspace`,
      'name a folder inside the workspace',
    );
  }
  return folder;
}

function checkInputs(call: BuiltinCall): void {
  for (const name of ONLY_DEFAULT) {
    if (call.input(name) !== '' && call.input(name) !== 'false') {
      throw refuse(`checkout: the input '${name}' is not supported locally`, 'leave it out');
    }
  }
  const repository = call.input('repository');
  if (repository !== '' && repository !== call.github['repository']) {
    throw refuse(
      `checkout: '${repository}' is not on this machine`,
      'only the running repository can be checked out',
    );
  }
}

/** A ref is looked up in the repository on this disk; without one it is the commit of the run. */
async function resolveCommit(call: BuiltinCall): Promise<string> {
  const ref = call.input('ref');
  if (ref === '' || ref === call.github['sha'] || ref === call.github['ref']) return call.source.sha;
  for (const candidate of [ref, `origin/${ref}`]) {
    try {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`];
      return (await git(call.source.directory, args)).trim();
    } catch {
      // the next form of the name
    }
  }
  throw new SophiaError('not-found', {
    message: `checkout: '${ref}' does not exist in ${call.source.directory}`,
    hint: 'fetch it first, or leave `ref` out',
  });
}

async function run(call: BuiltinCall): Promise<void> {
  checkInputs(call);
  const folder = targetFolder(call);
  const commit = await resolveCommit(call);
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true });
  await git(folder, ['clone', '--quiet', '--no-checkout', '--', call.source.directory, '.']);
  const branch = /^refs\/heads\/(.+)$/.exec(String(call.github['ref']))?.[1];
  const target = branch !== undefined && call.input('ref') === '' ? ['-B', branch] : ['--detach'];
  await git(folder, ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', '--force', ...target, commit]);
  const url = `${String(call.github['server_url'])}/${String(call.github['repository'])}`;
  await git(folder, ['remote', 'set-url', 'origin', url]);
  call.setOutput('commit', commit);
  call.setOutput('ref', call.input('ref'));
  call.log(`checked out ${commit}`);
}

/** `actions/checkout`: clones the run's repository from this disk, with its whole history. */
export const checkout: Builtin = {
  name: 'actions/checkout',
  inputs: {
    repository: '',
    ref: '',
    token: '',
    path: '',
    'persist-credentials': '',
    clean: '',
    'fetch-depth': '',
    'fetch-tags': '',
    'show-progress': '',
    'set-safe-directory': '',
    ...Object.fromEntries(ONLY_DEFAULT.map((name) => [name, ''])),
  },
  run,
};
