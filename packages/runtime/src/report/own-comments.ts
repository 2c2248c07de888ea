import { parseMarker } from '@sophia/core/report/markdown/marker';
import type { Marker } from '@sophia/core/report/markdown/marker';
import { numberAt, textAt } from '@sophia/core/report/read/json';

import type { GitHub } from '../github/github.ts';
import { ownOnly } from './own-author.ts';

/** A comment of ours, found by its hidden first line. */
export interface OwnComment {
  readonly id: number;
  /** GraphQL's id of it. */
  readonly nodeId: string;
  readonly url: string;
  readonly body: string;
  readonly author: string;
  readonly marker: Marker;
}

function candidate(comment: unknown, key: string): OwnComment | undefined {
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

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';

async function* byPage(github: GitHub, issue: number, key: string): AsyncGenerator<readonly OwnComment[]> {
  for await (const page of github.pages(LIST, { issue_number: issue })) {
    const marked = page.flatMap((comment) => candidate(comment, key) ?? []);
    yield marked.length === 0 ? [] : await ownOnly(github, marked);
  }
}

/** Our comment, and others of ours with the same key on its page: runs wrote at once. */
export interface FoundComment extends OwnComment {
  readonly duplicates: readonly OwnComment[];
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
): Promise<FoundComment | undefined> {
  for await (const [oldest, ...duplicates] of byPage(github, issue, key))
    if (oldest !== undefined) return { ...oldest, duplicates };
  return undefined;
}

/** @returns all comments of ours with this key, oldest first; @throws SophiaError of the client */
export async function allComments(
  github: GitHub,
  issue: number,
  key: string,
): Promise<readonly OwnComment[]> {
  const all: OwnComment[] = [];
  for await (const own of byPage(github, issue, key)) all.push(...own);
  return all.toSorted((a, b) => a.id - b.id);
}
