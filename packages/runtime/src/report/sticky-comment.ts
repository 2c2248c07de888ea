import { messageOf } from '@sophia/core/errors';
import { numberAt, textAt } from '@sophia/core/report/read/json';
import { isLater } from '@sophia/core/report/markdown/marker';
import type { Marker } from '@sophia/core/report/markdown/marker';

import { statusOf } from '../github/answers.ts';
import type { FoundComment } from './own-comments.ts';
import { retireComments, settleComments, UPDATE_COMMENT } from './settle-comment.ts';
import type { CommentClient } from './settle-comment.ts';

export interface CommentText {
  readonly issue: number;
  readonly marker: Marker;
  readonly body: string;
}

export interface Written {
  readonly id: number;
  readonly url: string;
  /** False where a later run had reported already, and its comment stays. */
  readonly written: boolean;
}

/**
 * Writes our comment: in place where there is one, anew where there is none or it was deleted meanwhile, and not at all
 * where a later run has reported already.
 *
 * @throws SophiaError of the client
 */
export async function writeComment(
  client: CommentClient,
  existing: FoundComment | undefined,
  text: CommentText,
): Promise<Written> {
  if (existing === undefined) return create(client, text);
  const { id, url, duplicates } = existing;
  if (isLater(existing.marker, text.marker)) return { id, url, written: false };
  try {
    await client.github.request(UPDATE_COMMENT, { comment_id: id, body: text.body });
  } catch (error) {
    if (statusOf(error) === 404) return create(client, text);
    throw error;
  }
  await retireComments(client, duplicates, url);
  return { id, url, written: true };
}

/** Another run may have created one since we looked: only after a creation there is a second look. */
async function create(client: CommentClient, { issue, body, marker }: CommentText): Promise<Written> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await client.github.request(route, { issue_number: issue, body });
  const own: Written = { id: numberAt(data, 'id') ?? 0, url: textAt(data, 'html_url'), written: true };
  try {
    const stays = await settleComments(client, issue, marker.key);
    if (stays === undefined) return own;
    return { id: stays.id, url: stays.url, written: !isLater(stays.marker, marker) };
  } catch (error) {
    client.log.warning(`whether another run commented at the same time is not known: ${messageOf(error)}`);
    return own;
  }
}
