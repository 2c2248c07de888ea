import { relative } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';

/**
 * Events that run with the default branch's rights while the head that they are about may be anybody's. Under them
 * GITHUB_SHA is the default branch's commit (contract, section 2, Trust).
 */
const PRIVILEGED_EVENTS = new Set(['pull_request_target', 'workflow_run', 'issue_comment']);

const GIT_TIMEOUT_MS = 10_000;

/** @returns true where the event's head may be anybody's but the job has the repository's rights. */
const isPrivilegedEvent = (event: string) => PRIVILEGED_EVENTS.has(event);

async function git(session: Session, args: readonly string[]) {
  const { runProgram } = await import('../ports/processes.ts');
  const { PATH, HOME } = session.host.variables;
  // A hostile checkout may bring hooks of its own by configuration: none of them is read.
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'safe.directory=*'];
  return runProgram({
    words: ['git', ...safe, ...args],
    directory: session.directory,
    variables: { PATH, HOME, GIT_CONFIG_NOSYSTEM: '1' },
    timeoutMs: GIT_TIMEOUT_MS,
  });
}

/**
 * Reads a configuration file: from the default branch's commit under a privileged event, else from the workspace.
 *
 * @returns undefined where it does not exist. @throws SophiaError `trust` where that commit cannot be read
 */
export async function readTrusted(session: Session, path: string): Promise<string | undefined> {
  const { host } = session;
  if (host.kind === 'terminal' || !isPrivilegedEvent(host.event.name)) return host.files.read(path);
  const commit = host.run.sha;
  const known = await git(session, ['cat-file', '-e', `${commit}^{commit}`]);
  if (!/^[0-9a-f]{40,64}$/.test(commit) || known.exitCode !== 0) {
    throw new SophiaError('trust', {
      message: `under ${host.event.name} the configuration is read from the default branch's commit, which is not here`,
      hint: 'check out the default branch (actions/checkout without `ref`), not the head of the pull request',
    });
  }
  const file = relative(session.directory, path).split('\\').join('/');
  const shown = await git(session, ['show', `${commit}:./${file}`]);
  return shown.exitCode === 0 ? shown.stdout : undefined;
}

/**
 * Commands of a configuration may run only in a workspace that nobody else has written (contract, section 2, Trust).
 *
 * @throws SophiaError `trust` under a privileged event, unless the workspace is at the default branch's commit
 */
export async function requireTrustedWorkspace(session: Session): Promise<void> {
  const { host } = session;
  if (host.kind === 'terminal' || !isPrivilegedEvent(host.event.name)) return;
  const head = await git(session, ['rev-parse', 'HEAD']);
  const changed = await git(session, ['status', '--porcelain', '--untracked-files=no']);
  const clean = changed.exitCode === 0 && changed.stdout.trim() === '';
  if (head.exitCode === 0 && head.stdout.trim() === host.run.sha && clean) return;
  throw new SophiaError('trust', {
    message: `under ${host.event.name} no command runs: the workspace is not at the default branch's commit`,
    hint: 'check out the default branch (actions/checkout without `ref`), or run on `pull_request`, without secrets',
  });
}
