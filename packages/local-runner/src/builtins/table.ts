import { attest } from './attest.ts';
import type { Builtin } from './builtin.ts';
import { cacheRestore, cacheSave } from './cache.ts';
import { checkout } from './checkout.ts';
import { downloadArtifact } from './download-artifact.ts';
import { setupNode, setupPython } from './setup-tools.ts';
import { uploadArtifact } from './upload-artifact.ts';
import { uploadSarif } from './upload-sarif.ts';

/** Every third-party action that runs locally; README.md says what each does. */
const table: Readonly<Record<string, Builtin>> = {
  'actions/attest': attest,
  'actions/attest-build-provenance': attest,
  'actions/attest-sbom': attest,
  'actions/cache': cacheRestore,
  'actions/cache/restore': cacheRestore,
  'actions/cache/save': cacheSave,
  'actions/checkout': checkout,
  'actions/download-artifact': downloadArtifact,
  'actions/setup-node': setupNode,
  'actions/setup-python': setupPython,
  'actions/upload-artifact': uploadArtifact,
  'github/codeql-action/upload-sarif': uploadSarif,
};

/** @returns the local equivalent of `owner/repo` or `owner/repo/path`, at any ref. */
export function findBuiltin(name: string): Builtin | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
