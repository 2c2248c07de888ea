import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import type { EscDiagnostic } from '@sophia/core/esc/diagnostic';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import type { Session } from '../host/session.ts';
import { fileFault } from '../ports/file-fault.ts';
import { brokenEnvironment, renderFinding } from './diagnostics.ts';
import type { OpenedEnvironment } from './open-environment.ts';

const EXTENSIONS = ['.yaml', '.yml'] as const;
const EXTENSION = /\.ya?ml$/;

/**
 * Evaluates an ESC definition of the repository (`esc.file`). Imports are looked up beside it, by their names.
 *
 * @throws SophiaError `configuration` with every diagnostic at its place; `trust` in a job without `allow-file`
 */
export async function evaluateLocalDefinition(
  session: Session,
  file: string,
  allowFile: boolean,
): Promise<OpenedEnvironment> {
  if (session.host.kind === 'actions' && !allowFile) {
    throw new SophiaError('trust', {
      message: `esc.file (${file}) is refused in a job: whoever can push to the repository could set its values`,
      hint: 'name the environment in `esc.environment` or the input `esc-environment`, or set `allow-file: true`',
    });
  }
  await requireTrustedWorkspace(session);
  const path = resolve(session.directory, file);
  const source = readDefinition(path);
  if (source === undefined) {
    throw new SophiaError('configuration', {
      message: `esc.file: ${file} does not exist`,
      hint: 'correct the path; it starts at the working directory',
    });
  }
  const { evaluateEnvironment } = await import('@sophia/core/esc/evaluate-environment');
  const { properties, diagnostics } = evaluateEnvironment({
    name: basename(path).replace(EXTENSION, ''),
    source,
    loadImport: (name) => readImport(dirname(path), name),
  });
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(render);
  if (errors.length > 0) throw brokenEnvironment(file, errors);
  return { properties, warnings: diagnostics.map(render), revision: '' };
}

const render = ({ environment, path, range, message }: EscDiagnostic) =>
  renderFinding({ environment, path, line: range?.begin.line, column: range?.begin.column, message });

/** An import names an environment, never a file somewhere else: it and what it links to lie beside the definition. */
function readImport(folder: string, name: string): string | undefined {
  if (name.split('/').some((part) => part === '' || part.startsWith('.'))) return undefined;
  for (const extension of EXTENSIONS) {
    const source = readDefinition(join(folder, `${name}${extension}`), folder);
    if (source !== undefined) return source;
  }
  return undefined;
}

function readDefinition(path: string, within?: string): string | undefined {
  try {
    const real = realpathSync(path);
    if (within !== undefined && !real.startsWith(realpathSync(within) + sep)) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(real));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SophiaError('configuration', {
      message: `the ESC definition ${path} cannot be read: ${fileFault(error)}`,
      hint: 'it must be a file of UTF-8 text that this user may read',
    });
  }
}
