import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { findFiles } from '../expressions/glob.ts';
import type { Builtin, BuiltinCall } from './builtin.ts';
import { requirePermission } from './require-permission.ts';

interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

function subjectsOf(call: BuiltinCall): Subject[] {
  const digest = /^sha256:([0-9a-f]{64})$/.exec(call.input('subject-digest'))?.[1];
  if (digest !== undefined) return [{ name: call.input('subject-name'), digest: { sha256: digest } }];
  const lines = call.input('subject-path').split(/[\n,]/);
  return findFiles(lines, call.workspace, { hidden: true }).map((path) => ({
    name: basename(path),
    digest: { sha256: createHash('sha256').update(readFileSync(path)).digest('hex') },
  }));
}

function run(call: BuiltinCall): void {
  requirePermission(call, 'id-token', 'write');
  requirePermission(call, 'attestations', 'write');
  const subject = subjectsOf(call);
  if (subject.length === 0) {
    throw new SophiaError('not-found', {
      message: 'attest: no subject was found',
      hint: 'check subject-path or subject-digest',
    });
  }
  const folder = join(call.outDirectory, 'attestations');
  mkdirSync(folder, { recursive: true });
  const predicateType = call.input('predicate-type') || 'https://slsa.dev/provenance/v1';
  const statement = JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType });
  appendFileSync(join(folder, `${call.jobId}.jsonl`), `${statement}\n`);
  const bundle = join(call.temp, 'attestation.json');
  writeFileSync(bundle, statement);
  call.setOutput('bundle-path', bundle);
  call.setOutput('attestation-id', call.jobId);
  for (const { name, digest } of subject) call.log(`recorded, not signed: ${name} sha256:${digest.sha256}`);
}

/** `actions/attest` and `attest-build-provenance`: records the statement; nothing is signed on this machine. */
export const attest: Builtin = {
  name: 'actions/attest',
  inputs: {
    'subject-path': '',
    'subject-digest': '',
    'subject-name': '',
    'predicate-type': '',
    predicate: '',
    'predicate-path': '',
    'sbom-path': '',
    'push-to-registry': '',
    'create-storage-record': '',
    'show-summary': '',
    'github-token': '',
  },
  run,
};
