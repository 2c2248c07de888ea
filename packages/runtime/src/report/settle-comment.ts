import { isLater } from '@sophia/core/report/markdown/marker';

import type { GitHub } from '../github/github.ts';
import type { Log } from '../ports/log.ts';
import { allComments } from './own-comments.ts';
import type { OwnComment } from './own-comments.ts';

/** What a write to comments needs. */
export interface CommentClient {
  readonly github: GitHub;
  readonly log: Log;
}

export const UPDATE_COMMENT = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const MINIMIZE =
  'mutation ($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }';

/** Each look can find a run that wrote since the last one; so many at once are no accident. */
const MOST_LOOKS = 4;

async function minimise({ github, log }: CommentClient, duplicates: readonly OwnComment[]): Promise<void> {
  for (const { nodeId } of duplicates) {
    try {
      await github.graphql(MINIMIZE, { id: nodeId });
    } catch {
      log.info('a second comment of an earlier run could not be hidden');
    }
  }
}

const latestOf = (comments: readonly OwnComment[]) =>
  comments.reduce((latest, one) => (isLater(one.marker, latest.marker) ? one : latest));

/**
 * Runs that all found no comment have each created one. The oldest comment stays, with the text of the latest run; the
 * others are hidden. Each run that settles does the same, and looks again after it wrote: so an older text that was
 * written over a later one is put right by whoever wrote it. What is hidden keeps its text until the next update, because
 * another run may be about to take it from there.
 *
 * @returns the comment that stays; undefined where none is there any more
 * @throws SophiaError of the client
 */
export async function settleComments(
  client: CommentClient,
  issue: number,
  key: string,
): Promise<OwnComment | undefined> {
  for (let look = 1; ; look += 1) {
    const all = await allComments(client.github, issue, key);
    const [oldest, ...others] = all;
    if (oldest === undefined || others.length === 0) return oldest;
    const latest = latestOf(all);
    if (!isLater(latest.marker, oldest.marker) || look === MOST_LOOKS) {
      await minimise(client, others);
      return oldest;
    }
    await client.github.request(UPDATE_COMMENT, { comment_id: oldest.id, body: latest.body });
  }
}

/** Hides what is left of such a race, and takes its marker away, so that no later update meets it again. */
export async function retireComments(
  client: CommentClient,
  duplicates: readonly OwnComment[],
  url: string,
): Promise<void> {
  await minimise(client, duplicates);
  for (const { id } of duplicates) {
    try {
      await client.github.request(UPDATE_COMMENT, { comment_id: id, body: `Replaced by ${url}` });
    } catch {
      client.log.info('a second comment of an earlier run could not be replaced');
    }
  }
}
