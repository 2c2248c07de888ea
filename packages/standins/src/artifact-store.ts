import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { field } from './json-field.ts';

/** An artifact as the store keeps it: `ID.json` beside `ID.blob` in one folder. */
export type StoredArtifact = {
  /** Unique in the folder; what GitHub calls the database id. */
  readonly id: number;
  /** `RUN.ATTEMPT`: names are unique within it. */
  readonly runBackendId: string;
  readonly jobBackendId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** Bytes; 0 until it is finalized. */
  readonly size: number;
  /** `sha256:` and 64 hex digits of the blob. */
  readonly digest: string;
  readonly finalized: boolean;
  /** What a signed URL of this blob carries. */
  readonly signature: string;
};

/** What is known when an upload begins. */
export type NewArtifact = Pick<StoredArtifact, 'runBackendId' | 'jobBackendId' | 'name' | 'mimeType'> & {
  readonly expiresAt?: string | undefined;
};

/** Artifacts in a folder. Several stand-ins, also in several processes, may share it. */
export type ArtifactStore = {
  /** Undefined if the run already has an artifact of this name. */
  readonly create: (artifact: NewArtifact) => Promise<StoredArtifact | undefined>;
  readonly write: (id: number, blob: Uint8Array) => Promise<void>;
  /** Marks an artifact as complete; undefined if there is none of this name or nothing was uploaded. */
  readonly finalize: (runBackendId: string, name: string) => Promise<StoredArtifact | undefined>;
  /** Complete artifacts, oldest first. */
  readonly list: () => Promise<readonly StoredArtifact[]>;
  readonly find: (id: number) => Promise<StoredArtifact | undefined>;
  readonly read: (id: number) => Promise<Buffer | undefined>;
  readonly remove: (id: number) => Promise<void>;
};

const NINETY_DAYS_MS = 90 * 24 * 3_600_000;

/** Opens (and makes) the folder. Nothing is cached: each call reads the disk. */
export async function openArtifactStore(folder: string): Promise<ArtifactStore> {
  await mkdir(folder, { recursive: true });
  const blobPath = (id: number): string => join(folder, `${id}.blob`);
  const all = async (): Promise<StoredArtifact[]> => {
    const ids = (await readdir(folder))
      .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
      .filter((id) => id !== undefined);
    const found = await Promise.all(ids.map((id) => load(folder, Number(id))));
    return found.filter((one) => one !== undefined).sort((a, b) => a.id - b.id);
  };
  const named = async (runBackendId: string, name: string): Promise<StoredArtifact | undefined> =>
    (await all()).find((one) => one.runBackendId === runBackendId && one.name === name);
  return {
    create: async (artifact) => {
      if ((await named(artifact.runBackendId, artifact.name)) !== undefined) return undefined;
      return claimId(folder, (await all()).at(-1)?.id ?? 0, artifact);
    },
    write: (id, blob) => writeFile(blobPath(id), blob),
    finalize: async (runBackendId, name) => {
      const artifact = await named(runBackendId, name);
      const blob = artifact === undefined ? undefined : await readOptional(blobPath(artifact.id));
      if (artifact === undefined || blob === undefined) return undefined;
      const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
      const complete = { ...artifact, size: blob.length, digest, finalized: true };
      await save(folder, complete);
      return complete;
    },
    list: async () => (await all()).filter(({ finalized }) => finalized),
    find: (id) => load(folder, id),
    read: (id) => readOptional(blobPath(id)),
    remove: async (id) => {
      await rm(join(folder, `${id}.json`), { force: true });
      await rm(blobPath(id), { force: true });
    },
  };
}

/** The number of a workflow run, from `RUN.ATTEMPT`. */
export function runIdOf({ runBackendId }: StoredArtifact): number {
  return Number(runBackendId.split('.')[0]);
}

/** Takes the first free number above `last`. A link is made whole or not at all, and only one of two that want the same. */
async function claimId(folder: string, last: number, artifact: NewArtifact): Promise<StoredArtifact> {
  const now = Date.now();
  const stored: StoredArtifact = {
    ...artifact,
    id: last + 1,
    createdAt: new Date(now).toISOString(),
    expiresAt: artifact.expiresAt ?? new Date(now + NINETY_DAYS_MS).toISOString(),
    size: 0,
    digest: '',
    finalized: false,
    signature: randomUUID(),
  };
  const temporary = await writeTemporary(folder, stored);
  try {
    await link(temporary, join(folder, `${stored.id}.json`));
    return stored;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return await claimId(folder, last + 1, artifact);
  } finally {
    await rm(temporary);
  }
}

async function writeTemporary(folder: string, artifact: StoredArtifact): Promise<string> {
  const path = join(folder, `.${artifact.id}.${randomUUID()}`);
  await writeFile(path, JSON.stringify(artifact));
  return path;
}

async function save(folder: string, artifact: StoredArtifact): Promise<void> {
  await rename(await writeTemporary(folder, artifact), join(folder, `${artifact.id}.json`));
}

async function load(folder: string, id: number): Promise<StoredArtifact | undefined> {
  const file = await readOptional(join(folder, `${id}.json`));
  if (file === undefined) return undefined;
  const parsed: unknown = JSON.parse(file.toString('utf8'));
  if (!isStored(parsed)) throw new Error(`${join(folder, `${id}.json`)} is no artifact of a stand-in.`);
  return parsed;
}

function isStored(value: unknown): value is StoredArtifact {
  return ['id', 'runBackendId', 'name', 'signature', 'createdAt'].every(
    (name) => field(value, name) !== undefined,
  );
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
