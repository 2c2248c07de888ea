import { SophiaError } from '@sophia/core/errors';
import type { RunRecord } from '@sophia/core/report/history/run-record';

import { GitRef } from '../github/git-ref.ts';
import type { GitHub } from '../github/github.ts';
import type { Session } from '../host/session.ts';
import { HISTORY_FILE, parseHistory, renderHistory } from './history-lines.ts';

/** Runs that end at once each win one round; more than these do not end at once. */
const ROUNDS = 8;

/**
 * Adds a run to `refs/sophia-history/<environment>`: a commit on the head that was read, without force. Where another
 * run was faster, what it wrote is read and added to. (Below `refs/sophia/` an environment may be called `history`.)
 *
 * @throws SophiaError `usage` without a token, `unavailable` where others are always faster, and GitHub's refusals
 */
export async function keepInGitRef(
  session: Session,
  own: RunRecord,
  github: GitHub | undefined,
): Promise<readonly RunRecord[]> {
  if (github === undefined) throw noToken();
  const ref = new GitRef(github, session.host.clock, `sophia-history/${own.environment || 'none'}`);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const parent = await ref.read();
    const sha = parent?.files.get(HISTORY_FILE);
    const earlier = sha === undefined ? '' : (await ref.readFile(sha)).toString('utf8');
    const text = session.host.redaction.redact(renderHistory([...parseHistory(earlier), own]));
    const written = { [HISTORY_FILE]: text };
    const message = `run ${own.runId}.${own.attempt}: ${own.verdict}`;
    if ((await ref.move({ parent, kept: new Map(), written, message })) !== undefined)
      return parseHistory(text);
  }
  throw new SophiaError('unavailable', {
    message: `other runs always wrote refs/${ref.name} first: this run is not in the history`,
    hint: 'run the job again',
  });
}

const noToken = () =>
  new SophiaError('usage', {
    message: '`history: git-ref` needs a token',
    hint: 'give `github-token: ${{ github.token }}`, with the permission `contents: write`',
  });
