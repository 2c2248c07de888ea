import { at, numberAt, textAt } from '../report/read/json.ts';

/** An artifact of an earlier run, as GitHub lists it. */
export interface EarlierArtifact {
  readonly id: number;
  readonly name: string;
  readonly runId: number;
  /** Bytes of the zip. */
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** UTC, as GitHub writes it. */
  readonly createdAt: string;
}

/**
 * @returns the artifact, or undefined where it cannot be used: expired, without a run or a digest, or made by a run of a
 *   fork (GitHub's REST API, "List artifacts for a repository")
 */
export function parseArtifact(item: unknown): EarlierArtifact | undefined {
  const id = numberAt(item, 'id');
  const runId = numberAt(item, 'workflow_run', 'id');
  const size = numberAt(item, 'size_in_bytes');
  const digest = textAt(item, 'digest');
  const home = numberAt(item, 'workflow_run', 'repository_id');
  const isOurs = home !== undefined && home === numberAt(item, 'workflow_run', 'head_repository_id');
  if (id === undefined || runId === undefined || size === undefined || !isOurs) return undefined;
  if (at(item, 'expired') !== false || !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  return { id, name: textAt(item, 'name'), runId, size, digest, createdAt: textAt(item, 'created_at') };
}

export interface TrustRule {
  /** `owner/name`. */
  readonly repository: string;
  /** File of the workflow that asks, such as `.github/workflows/deploy.yml`; empty: not known. */
  readonly workflow: string;
}

/**
 * Whether what a run uploaded may be believed. A fork's run holds what a stranger wrote. A pull request of this
 * repository may add a workflow that uploads anything, so its runs count only where they are of the asking workflow.
 */
export function isTrustedRun(run: unknown, { repository, workflow }: TrustRule): boolean {
  const head = textAt(run, 'head_repository', 'full_name').toLowerCase();
  if (head === '' || head !== repository.toLowerCase()) return false;
  if (!textAt(run, 'event').startsWith('pull_request')) return true;
  return workflow !== '' && fileOf(textAt(run, 'path')) === workflow;
}

/** A run's `path` may end in `@ref`. */
const fileOf = (path: string) => path.replace(/@.*$/, '');

/**
 * @param reference GITHUB_WORKFLOW_REF: `owner/name/.github/workflows/x.yml@refs/heads/main`
 * @returns the workflow's file, or an empty text
 */
export const workflowFile = (reference: string): string => /^[^/]+\/[^/]+\/(.+?)@/.exec(reference)?.[1] ?? '';
