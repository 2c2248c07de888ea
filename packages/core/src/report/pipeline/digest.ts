import { createHash } from 'node:crypto';

import { z } from 'zod';

import { parseJson } from '../read/json.ts';
import type { Problem, Stage, Verdict } from './model.ts';

/** Bounds of what is remembered from run to run; they also bound what a tampered comment can cost. */
const MOST_STAGES = 40;
const MOST_FAILING = 200;
const LONGEST_TREND = 12;
const LONGEST_HISTORY = 100;
const LONGEST_TEXT = 20_000;

const count = () => z.int().min(0).max(100_000_000);
const stageDigest = z.strictObject({
  passed: count(),
  total: count(),
  failed: count(),
  /** Shares passed of the last runs, oldest first, this one last; in whole percent. */
  trend: z.array(z.int().min(0).max(100)).max(LONGEST_TREND),
});

const digestSchema = z.strictObject({
  run: count().max(Number.MAX_SAFE_INTEGER),
  attempt: count(),
  stages: z
    .record(z.string().max(300), stageDigest)
    .refine((stages) => Object.keys(stages).length <= MOST_STAGES),
  /** Short hashes of what failed, to tell what is new. */
  failing: z.array(z.string().regex(/^[0-9a-f]{12}$/)).max(MOST_FAILING),
  /** Verdicts of the last runs, oldest first: s, w or f each. */
  history: z.string().regex(new RegExp(`^[swf]{0,${LONGEST_HISTORY}}$`)),
});

/** What one run leaves for the next to compare with. It travels in a comment that people can edit: untrusted. */
export type Digest = z.infer<typeof digestSchema>;

/** @returns the same short hash for the same problem in every run. */
export function problemKey(problem: Pick<Problem, 'stage' | 'name'>): string {
  return createHash('sha256').update(`${problem.stage}\0${problem.name}`).digest('hex').slice(0, 12);
}

interface DigestParts {
  readonly run: { readonly runId: number; readonly attempt: number };
  readonly stages: readonly Stage[];
  readonly problems: readonly Problem[];
  readonly verdict: Verdict;
  readonly previous: Digest | undefined;
}

const percent = (stage: Stage) => (stage.total === 0 ? 100 : Math.floor((stage.passed / stage.total) * 100));
const LETTERS: Readonly<Record<Verdict, string>> = { success: 's', warning: 'w', failure: 'f' };

/** @returns this run's digest; a second report of the same run takes the place of the first in trend and history. */
export function digestOf({ run, stages, problems, verdict, previous }: DigestParts): Digest {
  const again = previous?.run === run.runId;
  const before = <T>(list: readonly T[]) => (again ? list.slice(0, -1) : list);
  const entries = stages.slice(0, MOST_STAGES).map((stage) => {
    const trend = [...before(previous?.stages[stage.key]?.trend ?? []), percent(stage)];
    const { passed, total, failed } = stage;
    return [stage.key.slice(0, 300), { passed, total, failed, trend: trend.slice(-LONGEST_TREND) }] as const;
  });
  const history = [...before([...(previous?.history ?? '')]), LETTERS[verdict]].slice(-LONGEST_HISTORY);
  return {
    run: run.runId,
    attempt: run.attempt,
    stages: Object.fromEntries(entries),
    failing: [...new Set(problems.map(problemKey))].slice(0, MOST_FAILING),
    history: history.join(''),
  };
}

const HIDDEN = /^<!-- sophia:digest ([A-Za-z0-9_-]+) -->$/m;

/** @returns a line that no reader sees and {@link parseDigest} finds. */
export function renderDigest(digest: Digest): string {
  return `<!-- sophia:digest ${Buffer.from(JSON.stringify(digest)).toString('base64url')} -->`;
}

/** @returns the digest in a comment's text, or undefined where there is none that holds. */
export function parseDigest(text: string): Digest | undefined {
  const encoded = HIDDEN.exec(text)?.[1];
  if (encoded === undefined || encoded.length > LONGEST_TEXT) return undefined;
  const parsed = parseJson(Buffer.from(encoded, 'base64url').toString('utf8'));
  return digestSchema.safeParse(parsed?.value).data;
}

const Z_95 = 1.96;

/** @returns the lower bound of the Wilson score interval (95 %) of a share. */
export function wilsonLowerBound(passed: number, total: number): number {
  if (total === 0) return 0;
  const share = passed / total;
  const z2 = Z_95 ** 2;
  const centre = share + z2 / (2 * total);
  const margin = Z_95 * Math.sqrt((share * (1 - share) + z2 / (4 * total)) / total);
  return Math.max(0, (centre - margin) / (1 + z2 / total));
}
