import { constants } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { sha256 } from '@sophia/core/deploy/canonical-json';
import { chainEvent, EMPTY_HEAD } from '@sophia/core/deploy/chain-event';
import type { JournalHead } from '@sophia/core/deploy/chain-event';
import type { DeploymentStarted, EventBody, JournalEvent } from '@sophia/core/deploy/event';
import { replay } from '@sophia/core/deploy/transition';
import { verifyJournal } from '@sophia/core/deploy/verify-journal';
import { messageOf, SophiaError } from '@sophia/core/errors';

import { fileFault } from '../ports/file-fault.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { deploymentFiles, DEPLOYMENTS_FOLDER, makeDeploymentsFolder } from './deployment-files.ts';
import { takeEnvironmentLock } from './environment-lock.ts';
import type { JournalStore, KnownDeployment, OpenJournal } from './journal-store.ts';

const ENDING = '.jsonl';
/** A link in the journal's place is not followed. */
const NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const EXISTING = constants.O_RDWR | constants.O_NOFOLLOW;

export interface FileJournalOptions {
  /** The working directory. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Journals as files below the working directory, each line flushed to disk before it counts. */
export function fileJournalStore({ directory, clock, log }: FileJournalOptions): JournalStore {
  const pathOf = (id: string) => join(directory, deploymentFiles(id).journal);
  const read = async (id: string) => {
    const bytes = await readFile(pathOf(id)).catch(() => undefined);
    return bytes === undefined ? undefined : knownDeployment(id, bytes, pathOf(id));
  };
  return {
    lock: (request) => takeEnvironmentLock(directory, request),
    find: read,
    async list(environment) {
      const names = await readdir(join(directory, DEPLOYMENTS_FOLDER)).catch(() => []);
      const ids = names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
      const found: KnownDeployment[] = [];
      for (const id of ids) {
        const known = await read(id).catch((error: unknown) => {
          log.warning(messageOf(error));
          return undefined;
        });
        if (known?.state.started.environment === environment) found.push(known);
      }
      return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
    },
    async create(started) {
      await makeDeploymentsFolder(directory);
      return createFile(pathOf(started.deploymentId), started, clock);
    },
    reopen: (id) => reopenFile(id, pathOf(id), clock),
  };
}

/**
 * @returns what a journal's bytes tell; undefined where not one line is whole
 * @throws SophiaError `state` where the journal is broken
 */
export function knownDeployment(id: string, bytes: Buffer, path: string): KnownDeployment | undefined {
  const verdict = verifyJournal(bytes.toString('utf8'), id);
  if (verdict.state === 'missing') return undefined;
  if (verdict.state === 'broken') throw brokenJournal(path, verdict.message);
  const [first] = verdict.events;
  const state = replayed(path, verdict.events);
  if (state === undefined || first === undefined) return undefined;
  return { id, startedAt: first.time, state, events: verdict.events, path };
}

function replayed(path: string, events: readonly JournalEvent[]) {
  try {
    return replay(events);
  } catch (error) {
    throw brokenJournal(path, messageOf(error));
  }
}

const brokenJournal = (path: string, message: string) =>
  new SophiaError('state', {
    message: `the journal ${path} cannot be trusted: ${message}`,
    hint: 'nothing of it was run; docs/recovery.md says how to go on by hand',
  });

async function createFile(path: string, started: DeploymentStarted, clock: Clock): Promise<OpenJournal> {
  await removeStillborn(path, started.deploymentId);
  const file = await open(path, NEW, 0o644).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  const journal = new FileJournal({
    path,
    file,
    clock,
    events: [],
    head: EMPTY_HEAD,
    size: 0,
    dropped: null,
  });
  await journal.append(started);
  await journal.flush();
  // The name of a new file is safe only when its folder is flushed too.
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
  return journal;
}

/** A journal whose first line was torn announced nothing, so its run did nothing: its file makes way. */
async function removeStillborn(path: string, id: string): Promise<void> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || knownDeployment(id, bytes, path) !== undefined) return;
  await rm(path, { force: true });
}

async function reopenFile(id: string, path: string, clock: Clock): Promise<OpenJournal> {
  const file = await open(path, EXISTING).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  const bytes = await file.readFile();
  const verdict = verifyJournal(bytes.toString('utf8'), id);
  if (verdict.state === 'broken' || verdict.state === 'missing') {
    await file.close();
    throw brokenJournal(path, verdict.message);
  }
  const size = bytes.lastIndexOf(0x0a) + 1;
  const tornBytes = bytes.length - size;
  if (tornBytes > 0) await file.truncate(size);
  const dropped = tornBytes === 0 ? null : { bytes: tornBytes, sha256: sha256(verdict.torn) };
  return new FileJournal({
    path,
    file,
    clock,
    events: [...verdict.events],
    head: verdict.head,
    size,
    dropped,
  });
}

const unwritable = (path: string, error: unknown) =>
  new SophiaError('environment', {
    message: `the journal ${path} cannot be written: ${fileFault(error)}`,
    hint: 'nothing is done that is not journaled first: free some space or mend the permissions, then run again',
    cause: error,
  });

interface FileJournalParts {
  readonly path: string;
  readonly file: FileHandle;
  readonly clock: Clock;
  readonly events: JournalEvent[];
  readonly head: JournalHead;
  readonly size: number;
  readonly dropped: OpenJournal['dropped'];
}

class FileJournal implements OpenJournal {
  readonly path: string;
  readonly events: JournalEvent[];
  readonly dropped: OpenJournal['dropped'];
  readonly #file: FileHandle;
  readonly #clock: Clock;
  #head: JournalHead;
  #size: number;
  #isFlushed = true;

  constructor({ path, file, clock, events, head, size, dropped }: FileJournalParts) {
    this.path = path;
    this.events = events;
    this.dropped = dropped;
    this.#file = file;
    this.#clock = clock;
    this.#head = head;
    this.#size = size;
  }

  get head(): JournalHead {
    return this.#head;
  }

  get isFlushed(): boolean {
    return this.#isFlushed;
  }

  async append(body: EventBody): Promise<JournalEvent> {
    const { line, event, head } = chainEvent(this.#head, body, this.#clock.nowMs());
    const bytes = Buffer.from(`${line}\n`);
    try {
      await this.#writeAll(bytes);
    } catch (error) {
      // Half a line must not stay before a later whole one.
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw unwritable(this.path, error);
    }
    this.#size += bytes.length;
    this.#head = head;
    this.#isFlushed = false;
    this.events.push(event);
    return event;
  }

  async flush(): Promise<void> {
    if (this.#isFlushed) return;
    await this.#file.datasync().catch((error: unknown) => {
      throw unwritable(this.path, error);
    });
    this.#isFlushed = true;
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#size + done);
      done += bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
