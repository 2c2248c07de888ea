import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SophiaError } from '@sophia/core/errors';

/** The five files through which a step talks to its runner; absolute paths. */
export interface CommandFiles {
  readonly output: string;
  readonly env: string;
  readonly path: string;
  readonly state: string;
  readonly summary: string;
}

/** Makes fresh, empty files for one step. */
export function createCommandFiles(temp: string): CommandFiles {
  const folder = join(temp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const suffix = randomUUID();
  const create = (prefix: string): string => {
    const path = join(folder, `${prefix}_${suffix}`);
    writeFileSync(path, '');
    return path;
  };
  return {
    output: create('set_output'),
    env: create('set_env'),
    path: create('add_path'),
    state: create('save_state'),
    summary: create('step_summary'),
  };
}

/** Removes the files of a step that is over. */
export function removeCommandFiles(files: CommandFiles): void {
  for (const path of Object.values(files) as string[]) rmSync(path, { force: true });
}

function invalid(message: string): SophiaError {
  return new SophiaError('protocol', {
    message,
    hint: 'write name=value, or name<<DELIMITER, the lines of the value, and DELIMITER on a line of its own',
  });
}

/**
 * Reads what a step wrote to GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE: `name=value`, or a heredoc whose
 * value may have several lines. The format is the runner's.
 *
 * @throws SophiaError `protocol` for a line of neither form, an empty name, a delimiter that never comes
 */
export function parsePairs(text: string): [name: string, value: string][] {
  const lines = text.split('\n');
  const pairs: [string, string][] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/\r$/, '');
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw invalid(`Invalid format '${line}'. Name must not be empty`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === '' || delimiter === '') {
        throw invalid(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.findIndex(
        (candidate, at) => at > index && candidate.replace(/\r$/, '') === delimiter,
      );
      if (end < 0) throw invalid(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs.push([name, lines.slice(index + 1, end).join('\n')]);
      index = end;
    } else {
      throw invalid(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

/** @returns the text of a command file; one that the step removed counts as empty. */
export function readCommandFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return '';
  }
}
