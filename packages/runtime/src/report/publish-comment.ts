import { messageOf } from '@sophia/core/errors';
import { renderComment } from '@sophia/core/report/markdown/render-comment';
import { parseDigest } from '@sophia/core/report/pipeline/digest';
import type { Digest } from '@sophia/core/report/pipeline/digest';
import type { Pipeline } from '@sophia/core/report/pipeline/model';

import { statusOf } from '../github/answers.ts';
import type { GitHub } from '../github/github.ts';
import type { Host } from '../host/host.ts';
import type { CommentMode } from './report-inputs.ts';
import { findComment } from './own-comments.ts';
import type { FoundComment } from './own-comments.ts';
import { writeComment } from './sticky-comment.ts';
import type { Written } from './sticky-comment.ts';

/** Where the comment goes, and what is there already. */
export interface CommentPlace {
  readonly github: GitHub;
  readonly issue: number;
  readonly existing: FoundComment | undefined;
  readonly previous: Digest | undefined;
}

/** @returns why there is no comment; the verdict must never be hidden by trouble with reporting it. */
export interface NoComment {
  readonly why: string;
}

const trouble = (error: unknown): NoComment => ({ why: `no comment was written: ${messageOf(error)}` });

/** Looks what is on the pull request: an earlier comment has the previous run's digest, for the comparison. */
export async function openPlace(
  github: GitHub,
  issue: number,
  key: string,
): Promise<CommentPlace | NoComment> {
  try {
    const existing = await findComment(github, issue, key);
    const previous = existing === undefined ? undefined : parseDigest(existing.body);
    return { github, issue, existing, previous };
  } catch (error) {
    return trouble(error);
  }
}

/** What a reader would notice: verdict, numbers and failures, not times. */
const gist = ({ stages, failing, history }: Digest) =>
  JSON.stringify([
    history.at(-1),
    failing.toSorted(),
    Object.entries(stages).map(([key, { passed, total, failed }]) => [key, passed, total, failed]),
  ]);

function isWanted(mode: CommentMode, pipeline: Pipeline, { existing, previous }: CommentPlace): boolean {
  if (mode === 'on-failure') return pipeline.verdict === 'failure' || existing !== undefined;
  if (mode === 'on-change') return previous === undefined || gist(previous) !== gist(pipeline.digest);
  return true;
}

/** Half of the usual budget, for a GitHub that counts differently from what it says. */
const SMALLER_BUDGET = 30_000;

/** Writes the comment if the mode wants it; a body that is refused for its length is tried once more, shortened. */
export async function publishComment(
  place: CommentPlace,
  { host, pipeline, key, mode }: { host: Host; pipeline: Pipeline; key: string; mode: CommentMode },
): Promise<Written | NoComment> {
  const { github, issue, existing } = place;
  if (!isWanted(mode, pipeline, place)) {
    return existing === undefined
      ? { why: `no comment is wanted: ${mode}` }
      : { id: existing.id, url: existing.url, written: false };
  }
  const { runId, attempt } = pipeline.run;
  const send = (budget?: number) => {
    const body = host.redaction.redact(
      renderComment({ pipeline, key, ...(budget === undefined ? {} : { budget }) }),
    );
    return writeComment({ github, log: host.log }, existing, {
      issue,
      marker: { key, runId, attempt },
      body,
    });
  };
  try {
    return await send().catch((error: unknown) => {
      if (statusOf(error) !== 422) throw error;
      return send(SMALLER_BUDGET);
    });
  } catch (error) {
    return trouble(error);
  }
}
