import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { zipSync } from 'fflate';
import { findFiles, searchRoots } from '../expressions/glob.ts';
import { ArtifactClient } from './artifact-client.ts';
import type { Builtin, BuiltinCall } from './builtin.ts';

/** What @actions/artifact refuses in a name. */
const BAD_NAME = /[":<>|*?\r\n\\/]/;

function commonFolder(paths: readonly string[]): string {
  const split = paths.map((path) => path.split(sep));
  const first = split[0] ?? [];
  const end = first.findIndex((part, index) => split.some((other) => other[index] !== part));
  return (end < 0 ? first : first.slice(0, end)).join(sep) || sep;
}

/** Paths in the artifact are relative to what all given paths have in common, as in the real action. */
function rootOf(files: readonly string[], roots: readonly string[]): string {
  const common = commonFolder(roots);
  return files.length === 1 && files[0] === common ? dirname(common) : common;
}

function packFiles(files: readonly string[], root: string): Uint8Array<ArrayBuffer> {
  const entries = files.map(
    (file) => [relative(root, file).split(sep).join('/'), readFileSync(file)] as const,
  );
  return new Uint8Array(zipSync(Object.fromEntries(entries)));
}

function noFiles(call: BuiltinCall): void {
  const message = `No files were found with the provided path: ${call.input('path')}. No artifacts will be uploaded.`;
  const mode = call.input('if-no-files-found');
  if (mode === 'error') throw new SophiaError('not-found', { message, hint: 'check `path`' });
  if (mode === 'ignore') call.log(message);
  else call.warn(message);
}

function isFile(path: string): boolean {
  return lstatSync(path).isFile() || (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

async function run(call: BuiltinCall): Promise<void> {
  const name = call.input('name') || 'artifact';
  if (BAD_NAME.test(name)) {
    throw new SophiaError('usage', {
      message: `the artifact name '${name}' is not allowed`,
      hint: 'use letters, digits, - and _',
    });
  }
  const lines = call.input('path').split('\n');
  const hidden = call.input('include-hidden-files') === 'true';
  const files = findFiles(lines, call.workspace, { hidden }).filter(isFile);
  if (files.length === 0) {
    noFiles(call);
    return;
  }
  const client = new ArtifactClient(call);
  const exists = (await client.list()).some((artifact) => artifact.name === name);
  if (exists && call.input('overwrite') === 'true') await client.remove(name);
  const zip = packFiles(files, rootOf(files, searchRoots(lines, call.workspace)));
  const days = Number(call.input('retention-days') || 0);
  const { id, digest } = await client.upload(name, zip, days > 0 ? days : undefined);
  call.setOutput('artifact-id', id);
  call.setOutput('artifact-digest', digest.replace('sha256:', ''));
  const { server_url: server, repository, run_id: runId } = call.github;
  call.setOutput(
    'artifact-url',
    `${String(server)}/${String(repository)}/actions/runs/${String(runId)}/artifacts/${id}`,
  );
  call.log(
    `Artifact ${name} has been successfully uploaded! ${files.length} file(s), ${zip.length} bytes, ID ${id}`,
  );
}

/** `actions/upload-artifact`: into the job's results service. */
export const uploadArtifact: Builtin = {
  name: 'actions/upload-artifact',
  inputs: {
    name: 'artifact',
    path: '',
    'if-no-files-found': 'warn',
    'retention-days': '',
    'compression-level': '',
    overwrite: 'false',
    'include-hidden-files': 'false',
  },
  run,
};
