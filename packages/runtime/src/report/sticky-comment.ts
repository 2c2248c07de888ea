import { numberAt, textAt } from '@sophia/core/report/read/json';
import { isLater, parseMarker } from '@sophia/core/report/markdown/marker';
import type { Marker } from '@sophia/core/report/markdown/marker';

import { statusOf } from '../github/answers.ts';
import type { GitHub } from '../github/github.ts';
import type { Log } from '../ports/log.ts';
import { ownOnly } from './own-author.ts';

/** A comment of ours, found by its hidden first line. */
export interface OwnComment {
  readonly id: number;
  readonly url: string;
  readonly body: string;
  readonly marker: Marker;
  /** Other comments of ours with the same key: two runs wrote at once. */
  readonly duplicates: readonly string[];
}

interface Candidate {
  readonly id: number;
  readonly nodeId: string;
  readonly url: string;
  readonly body: string;
  readonly author: string;
  readonly marker: Marker;
}

function candidate(comment: unknown, key: string): Candidate | undefined {
  const body = textAt(comment, 'body');
  const marker = parseMarker(body);
  const id = numberAt(comment, 'id');
  if (marker === undefined || marker.key !== key || id === undefined) return undefined;
  return {
    id,
    nodeId: textAt(comment, 'node_id'),
    url: textAt(comment, 'html_url'),
    body,
    author: textAt(comment, 'user', 'login'),
    marker,
  };
}

/**
 * Looks for our comment on all pages, and stops at the page that has it: one request where it is on the first.
 *
 * @throws SophiaError of the client
 */
export async function findComment(
  github: GitHub,
  issue: number,
  key: string,
): Promise<OwnComment | undefined> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  for await (const page of github.pages(route, { issue_number: issue })) {
    const marked = page.flatMap((comment) => candidate(comment, key) ?? []);
    const [oldest, ...others] = marked.length === 0 ? [] : await ownOnly(github, marked);
    if (oldest === undefined) continue;
    const { id, url, body, marker } = oldest;
    return { id, url, body, marker, duplicates: others.map(({ nodeId }) => nodeId) };
  }
  return undefined;
}

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

const MINIMIZE =
  'mutation ($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }';

async function minimise(github: GitHub, duplicates: readonly string[], log: Log): Promise<void> {
  for (const id of duplicates) {
    try {
      await github.graphql(MINIMIZE, { id });
    } catch {
      log.info('a second comment of an earlier run could not be hidden');
    }
  }
}

/**
 * Writes our comment: in place where there is one, anew where it was deleted meanwhile, and not at all where a later run
 * has reported already.
 *
 * @throws SophiaError of the client
 */
export async function writeComment(
  { github, log }: { github: GitHub; log: Log },
  existing: OwnComment | undefined,
  text: CommentText,
): Promise<Written> {
  if (existing === undefined) return create(github, text);
  const { id, url } = existing;
  if (isLater(existing.marker, text.marker)) return { id, url, written: false };
  try {
    await github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      comment_id: id,
      body: text.body,
    });
  } catch (error) {
    if (statusOf(error) === 404) return create(github, text);
    throw error;
  }
  await minimise(github, existing.duplicates, log);
  return { id, url, written: true };
}

async function create(github: GitHub, { issue, body }: CommentText): Promise<Written> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await github.request(route, { issue_number: issue, body });
  return { id: numberAt(data, 'id') ?? 0, url: textAt(data, 'html_url'), written: true };
}
