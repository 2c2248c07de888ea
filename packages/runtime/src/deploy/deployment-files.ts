import { mkdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import { fileFault } from '../ports/file-fault.ts';

/** Where journals, logs and reports are, from the working directory (contract, section 6). */
export const DEPLOYMENTS_FOLDER = join('logs', 'deployments');

/** The files of one deployment, from the working directory. */
export function deploymentFiles(deploymentId: string) {
  const base = join(DEPLOYMENTS_FOLDER, deploymentId);
  return { journal: `${base}.jsonl`, log: `${base}.log`, report: `${base}-report.json` };
}

/**
 * Makes the folder of the deployments.
 *
 * @returns its path
 * @throws SophiaError `environment` where it cannot be made, or is a link that leads out of the working directory
 */
export async function makeDeploymentsFolder(directory: string): Promise<string> {
  const folder = join(directory, DEPLOYMENTS_FOLDER);
  try {
    await mkdir(folder, { recursive: true });
    const inside = relative(await realpath(directory), await realpath(folder));
    if (inside !== '..' && !inside.startsWith(`..${sep}`)) return folder;
  } catch (error) {
    throw new SophiaError('environment', {
      message: `cannot make ${folder}: ${fileFault(error)}`,
      hint: 'check the path, its permissions and the free space',
      cause: error,
    });
  }
  throw new SophiaError('environment', {
    message: `${folder} leads out of the working directory`,
    hint: 'remove the symbolic link: journals and logs stay below the working directory',
  });
}
