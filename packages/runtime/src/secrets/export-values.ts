import { SophiaError } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';
import type { JudgedSetup } from './judged-setup.ts';
import { removeFolder, writeSecretFiles } from './secret-files.ts';
import type { ExportTarget } from './setup-inputs.ts';

/**
 * Hands the values on: files first, as they can fail, then all variables or outputs at once.
 *
 * @returns the names that were set
 * @throws SophiaError `environment` or `cancelled`; nothing was handed on then
 */
export async function exportValues(
  { exports, files }: JudgedSetup,
  target: ExportTarget['kind'],
  host: Host,
): Promise<readonly string[]> {
  if (target === 'none') return [];
  const written = await writeSecretFiles(
    files.map(({ name, text }) => ({ name, text: text.reveal() })),
    host,
  );
  if (host.signal.aborted) {
    await removeFolder(written.folder);
    throw new SophiaError('cancelled', {
      message: 'the run was cancelled: nothing was exported',
      hint: 'start it again',
    });
  }
  const set = target === 'outputs' ? host.setOutput : host.exportVariable;
  for (const { name, text } of exports) set(name, text.reveal());
  for (const [name, path] of written.paths) set(name, path);
  return [...exports.map(({ name }) => name), ...written.paths.keys()];
}
