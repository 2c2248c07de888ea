import { messageOf, SophiaError } from '@sophia/core/errors';
import { isTrustedRun, parseArtifact, workflowFile } from '@sophia/core/github/earlier-artifacts';
import type { EarlierArtifact } from '@sophia/core/github/earlier-artifacts';
import { listAt } from '@sophia/core/report/read/json';

import type { Session } from '../host/session.ts';
import { findBy, readOne } from '../report/read-artifacts.ts';
import type { Found } from '../report/find-files.ts';
import { openGitHub } from './github.ts';
import type { GitHub } from './github.ts';

const PAGE_SIZE = 100;

export interface ArtifactSearch {
  readonly token: string;
  /** Names that are wanted. */
  readonly matches: (name: string) => boolean;
  /** Only artifacts of exactly these names, asked for one by one until GitHub has none. Default: all are listed. */
  readonly names?: readonly string[];
  /** Pages of 100 artifacts that are looked at, the newest first: one request each. */
  readonly mostPages: number;
  /** Artifacts that are read: up to one request for the run of each, and two for its download. */
  readonly mostArtifacts: number;
  /** Bytes of one zip; larger ones are passed over and told. */
  readonly largestBytes: number;
  /** For all of it; what was read by then counts. */
  readonly timeoutMs: number;
}

/** One artifact of a trusted run, read. */
export interface ReadArtifact extends EarlierArtifact {
  readonly files: Found['sources'];
}

export interface EarlierArtifacts {
  /** The newest first. */
  readonly artifacts: readonly ReadArtifact[];
  /** Why some or all of it could not be read. */
  readonly trouble: readonly string[];
}

/**
 * Reads what earlier runs of this repository uploaded, newest first. Runs of forks, and of other workflows' pull
 * requests, are not believed. Requests, bytes and time are bounded; trouble is told and never thrown.
 */
export async function earlierArtifacts(session: Session, search: ArtifactSearch): Promise<EarlierArtifacts> {
  const { host } = session;
  const trouble: string[] = [];
  const artifacts: ReadArtifact[] = [];
  const late = new AbortController();
  const signal = AbortSignal.any([host.signal, late.signal]);
  const work = (async () => {
    const github = await openClient(session, search.token, signal);
    const reader = await openReader(session, search);
    for (const artifact of await findTrusted({ session, github, search, signal, trouble })) {
      if (signal.aborted) return;
      const found = await reader(artifact);
      if (late.signal.aborted) return;
      trouble.push(...found.listed.map(({ path, detail }) => `${path}: ${detail}`));
      if (found.listed.length === 0) artifacts.push({ ...artifact, files: found.sources });
    }
  })().catch((error: unknown) => {
    if (!late.signal.aborted) trouble.push(`earlier artifacts could not be read: ${messageOf(error)}`);
  });
  const isDone = await Promise.race([
    work.then(() => true),
    host.clock.sleep(search.timeoutMs, signal).then(() => false),
  ]);
  if (!isDone) trouble.push(`earlier artifacts were not all read within ${search.timeoutMs / 1000} s`);
  late.abort();
  return { artifacts: [...artifacts], trouble: [...new Set(trouble)] };
}

async function openClient(session: Session, given: string, signal: AbortSignal): Promise<GitHub> {
  const { host } = session;
  // At a terminal tokens are no options: they would stand in the shell's history.
  const token = given || (host.kind === 'terminal' ? (host.variables['GITHUB_TOKEN'] ?? '') : '');
  if (token === '' || host.run.repository === '') {
    throw new SophiaError('usage', {
      message: 'there is no token to read them with',
      hint: 'set `github-token: ${{ github.token }}`, and give the job `actions: read`',
    });
  }
  host.mask(token);
  const apiUrl = host.variables['GITHUB_API_URL'] ?? 'https://api.github.com';
  return openGitHub({ token, repository: host.run.repository, apiUrl, clock: host.clock, signal });
}

interface Finding {
  readonly session: Session;
  readonly github: GitHub;
  readonly search: ArtifactSearch;
  readonly signal: AbortSignal;
  readonly trouble: string[];
}

/** @returns artifacts of trusted runs, as many as are wanted; a run that cannot be read is not trusted. */
async function findTrusted(finding: Finding): Promise<readonly EarlierArtifact[]> {
  const { session, github, search, signal, trouble } = finding;
  const { host } = session;
  const rule = {
    repository: host.run.repository,
    workflow: workflowFile(host.variables['GITHUB_WORKFLOW_REF'] ?? ''),
  };
  const known = new Map<number, boolean>();
  const found: EarlierArtifact[] = [];
  for await (const artifact of candidates(finding)) {
    if (signal.aborted || found.length >= search.mostArtifacts || known.size >= 2 * search.mostArtifacts)
      break;
    if (artifact.size > search.largestBytes) {
      trouble.push(`${artifact.name}: larger than ${search.largestBytes >> 20} MB`);
      continue;
    }
    const { runId } = artifact;
    if (!known.has(runId)) known.set(runId, await isTrusted(runId));
    if (known.get(runId) === true) found.push(artifact);
  }
  return found;

  async function isTrusted(runId: number): Promise<boolean> {
    if (runId === host.run.runId) return true;
    const { data } = await github
      .request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { run_id: runId, request: { signal } })
      .catch((error: unknown) => {
        trouble.push(`run ${runId} could not be read: ${messageOf(error)}`);
        return { data: undefined };
      });
    return isTrustedRun(data, rule);
  }
}

/** GitHub filters by one exact name a request: the lists of several are merged, the newest artifact first. */
async function* candidates(finding: Finding): AsyncGenerator<EarlierArtifact> {
  const { names } = finding.search;
  if (names === undefined) return yield* listNewest(finding);
  const found: EarlierArtifact[] = [];
  for (const name of names) {
    const before = found.length;
    for await (const artifact of listNewest(finding, name)) found.push(artifact);
    if (found.length === before) break;
  }
  yield* found.toSorted((a, b) => b.id - a.id);
}

async function* listNewest(
  { github, search, signal }: Finding,
  name?: string,
): AsyncGenerator<EarlierArtifact> {
  for (let page = 1; page <= search.mostPages; page += 1) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/actions/artifacts', {
      per_page: PAGE_SIZE,
      page,
      ...(name === undefined ? {} : { name }),
      request: { signal },
    });
    const items = listAt(data, 'artifacts');
    for (const item of items) {
      const artifact = parseArtifact(item);
      if (artifact !== undefined && search.matches(artifact.name)) yield artifact;
    }
    if (items.length < PAGE_SIZE) return;
  }
}

async function openReader({ host }: Session, { token }: ArtifactSearch) {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const client = new DefaultArtifactClient();
  return ({ id, name, runId, digest }: EarlierArtifact): Promise<Found> =>
    readOne(name, (path) =>
      client.downloadArtifact(id, {
        ...findBy(host.run.repository, { runId, token: token || (host.variables['GITHUB_TOKEN'] ?? '') }),
        path,
        skipDecompress: true,
        expectedHash: digest,
      }),
    );
}
