import { z } from 'zod';

const history = z.array(
  z.looseObject({
    kind: z.string(),
    result: z.string().optional(),
    environment: z.record(z.string(), z.string()).nullish(),
  }),
);

/** The program of a stack's last good update. */
export interface LastProgram {
  readonly commit: string;
  /** It had changes that no commit holds. */
  readonly isDirty: boolean;
}

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Reads what `pulumi stack history --json` printed, newest first.
 *
 * @returns undefined where no update went well, or its commit is not known
 * @throws Error where it is no history
 */
export function lastProgram(text: string): LastProgram | undefined {
  const updates = history.parse(JSON.parse(text));
  const good = updates.find(({ kind, result }) => kind === 'update' && result === 'succeeded');
  const commit = good?.environment?.['git.head'] ?? '';
  if (!COMMIT.test(commit)) return undefined;
  return { commit, isDirty: good?.environment?.['git.dirty'] === 'true' };
}

/** Who holds the lock of a stack in a backend of files, as pulumi says it. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
}

/** @returns who holds the lock, or undefined where the line says no such thing. */
export function parseLockHolder(line: string): LockHolder | undefined {
  const found = /: created by \S*@(\S+) \(pid (\d+)\)/.exec(line);
  return found === null ? undefined : { host: found[1] ?? '', pid: Number(found[2]) };
}
