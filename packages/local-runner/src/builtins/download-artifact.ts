import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { unzipSync } from 'fflate';
import { Minimatch } from 'minimatch';
import { ArtifactClient, type ListedArtifact } from './artifact-client.ts';
import type { Builtin, BuiltinCall } from './builtin.ts';

function unzipTo(zip: Uint8Array, folder: string, name: string): void {
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    const target = resolve(folder, path);
    if (isAbsolute(path) || relative(folder, target).startsWith('..')) {
      throw new SophiaError('protocol', {
        message: `the artifact '${name}' holds the path '${path}', which leaves its folder`,
        hint: 'do not use this artifact',
      });
    }
    if (path.endsWith('/')) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

function checkInputs(call: BuiltinCall): void {
  const own = { repository: String(call.github['repository']), 'run-id': String(call.github['run_id']) };
  for (const [name, value] of Object.entries(own)) {
    if (call.input(name) === '' || call.input(name) === value) continue;
    throw new SophiaError('unsupported', {
      message: `download-artifact: another ${name} is not on this machine`,
      hint: 'download from the running workflow',
    });
  }
}

function selectArtifacts(call: BuiltinCall, all: readonly ListedArtifact[]): readonly ListedArtifact[] {
  const name = call.input('name');
  const ids = call
    .input('artifact-ids')
    .split(/[\s,]+/)
    .filter((id) => id !== '');
  if (name === '' && ids.length === 0) {
    const pattern = call.input('pattern') === '' ? undefined : new Minimatch(call.input('pattern'));
    return all.filter((artifact) => pattern?.match(artifact.name) ?? true);
  }
  const found = all.filter((artifact) => artifact.name === name || ids.includes(artifact.id));
  if (found.length === 0) {
    throw new SophiaError('not-found', {
      message: `Unable to download artifact(s): Artifact not found for name: ${name || ids.join(', ')}`,
      hint: 'check that an earlier job uploaded it, and that this job needs that job',
    });
  }
  return found;
}

async function run(call: BuiltinCall): Promise<void> {
  checkInputs(call);
  const client = new ArtifactClient(call);
  const selected = selectArtifacts(call, await client.list());
  const folder = resolve(call.workspace, call.input('path'));
  const isFlat =
    call.input('name') !== '' ||
    call.input('merge-multiple') === 'true' ||
    (call.input('artifact-ids') !== '' && selected.length === 1);
  for (const artifact of selected) {
    const target = isFlat ? folder : join(folder, artifact.name);
    mkdirSync(target, { recursive: true });
    unzipTo(await client.download(artifact), target, artifact.name);
    call.log(`Artifact ${artifact.name} was downloaded to ${target}`);
  }
  call.log(`Total of ${selected.length} artifact(s) downloaded`);
  call.setOutput('download-path', folder);
}

/** `actions/download-artifact`: from the job's results service, digests checked, paths contained. */
export const downloadArtifact: Builtin = {
  name: 'actions/download-artifact',
  inputs: {
    name: '',
    'artifact-ids': '',
    path: '',
    pattern: '',
    'merge-multiple': 'false',
    'github-token': '',
    repository: '',
    'run-id': '',
    'digest-mismatch': '',
  },
  run,
};
