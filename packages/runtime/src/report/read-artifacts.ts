import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf } from '@sophia/core/errors';
import type { ListedFile } from '@sophia/core/report/pipeline/model';

import type { Session } from '../host/session.ts';
import { LARGEST_FILE_BYTES } from './find-files.ts';
import type { Found } from './find-files.ts';
import { readZip } from './read-zip.ts';

/** Artifacts of which run, and which of them. */
export interface ArtifactQuery {
  /** `*` and `?` as in file names. */
  readonly pattern: string;
  /** Another run's: asked from GitHub's API with the token. Undefined: this run's, from its own service. */
  readonly otherRun: { readonly runId: number; readonly token: string } | undefined;
}

/** Our own artifacts of an earlier attempt hold nothing but what was made of the others; journals hold no reports. */
const OWN = /^sophia-(pr-report|journal)-/;

function matcher(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`);
}

/**
 * Reads the reports in a run's artifacts. Each is downloaded as it is into an empty folder, which is gone afterwards,
 * and must have the digest that the service gave when it was listed. Trouble is listed: it makes a warning.
 */
export async function readArtifacts(session: Session, query: ArtifactQuery): Promise<Found> {
  const { host } = session;
  if (query.otherRun === undefined && (host.variables['ACTIONS_RUNTIME_TOKEN'] ?? '') === '')
    return { sources: [], listed: [] };
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const client = new DefaultArtifactClient();
  const options = findBy(host.run.repository, query.otherRun);
  let artifacts: Awaited<ReturnType<typeof client.listArtifacts>>['artifacts'];
  try {
    ({ artifacts } = await client.listArtifacts({ ...options, latest: true }));
  } catch (error) {
    return { sources: [], listed: [trouble('artifacts', `could not be listed: ${messageOf(error)}`)] };
  }
  const wanted = artifacts.filter(({ name }) => matcher(query.pattern).test(name) && !OWN.test(name));
  const found: Found[] = [];
  for (const artifact of wanted) {
    if (artifact.size > LARGEST_FILE_BYTES) {
      found.push({ sources: [], listed: [trouble(artifact.name, 'larger than 64 MB')] });
      continue;
    }
    const download = (path: string) =>
      client.downloadArtifact(artifact.id, {
        ...options,
        path,
        skipDecompress: true,
        ...(artifact.digest === undefined ? {} : { expectedHash: artifact.digest }),
      });
    found.push(await readOne(artifact.name, download));
  }
  return { sources: found.flatMap(({ sources }) => sources), listed: found.flatMap(({ listed }) => listed) };
}

/** @returns how `@actions/artifact` is told to ask GitHub's API for another run's artifacts. */
export function findBy(repository: string, other: ArtifactQuery['otherRun']) {
  if (other === undefined) return {};
  const [repositoryOwner = '', repositoryName = ''] = repository.split('/');
  return { findBy: { token: other.token, workflowRunId: other.runId, repositoryOwner, repositoryName } };
}

/** Downloads an artifact, as it is, into a folder. */
export type Download = (path: string) => Promise<{ readonly digestMismatch?: boolean }>;

/** Reads one artifact through an empty folder that is gone afterwards. Trouble is listed, never thrown. */
export async function readOne(name: string, download: Download): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'sophia-artifact-'));
  try {
    const { digestMismatch } = await download(folder);
    if (digestMismatch === true)
      return { sources: [], listed: [trouble(name, 'it changed between listing and download (digest)')] };
    const [file] = await readdir(folder);
    if (file === undefined) return { sources: [], listed: [trouble(name, 'it is empty')] };
    return readZip(name, await readFile(join(folder, file)));
  } catch (error) {
    return { sources: [], listed: [trouble(name, `could not be read: ${messageOf(error)}`)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const trouble = (path: string, detail: string): ListedFile => ({ path, why: 'unreadable', detail });
