import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { compareJournals } from '@sophia/core/deploy/newer-journal';
import { messageOf, SophiaError } from '@sophia/core/errors';

import { earlierArtifacts } from '../github/earlier-artifacts.ts';
import type { ReadArtifact } from '../github/earlier-artifacts.ts';
import type { Session } from '../host/session.ts';
import { deploymentFiles, makeDeploymentsFolder } from './deployment-files.ts';
import { knownDeployment } from './file-journal.ts';
import type { EnvironmentLock, JournalStore, KnownDeployment, LockRequest } from './journal-store.ts';
import { rememberKept } from './post-state.ts';

const ENDING = '.jsonl';
/** Journals that an upload holds, the newest; older ones are in earlier artifacts. */
const MOST_JOURNALS = 20;
/** After a cancel the action ends within 7 s; the post step uploads again. */
const PATIENCE_AFTER_CANCEL_MS = 1_000;
/** Uploads of one run that are looked for: GitHub filters by exact name, and a name that is taken gets a number. */
const MOST_NAMES = 20;
/** At most 20 requests for lists, 20 for runs, and 10 downloads of two each. */
const LIMITS = {
  mostPages: 1,
  mostArtifacts: 10,
  largestBytes: 64 * 1024 * 1024,
  timeoutMs: 60_000,
} as const;

export interface ArtifactStoreOptions {
  readonly session: Session;
  readonly environment: string;
  readonly token: string;
  readonly local: JournalStore;
}

/**
 * Journals of one environment that outlive the job as artifacts of its run. They are written on this disk, uploaded
 * when the lock is given back, and brought back from earlier runs before anything is decided. The lock is this disk's:
 * two jobs on two runners are kept apart by the workflow's `concurrency`.
 */
export class ArtifactStore implements JournalStore {
  readonly #options: ArtifactStoreOptions;
  /** The run whose copy of a journal counts, by deployment. */
  readonly #writers = new Map<string, number>();
  #isFetched = false;
  /** A run that only refused uploads nothing. */
  #isWritten = false;

  constructor(options: ArtifactStoreOptions) {
    this.#options = options;
  }

  async find(deploymentId: string): Promise<KnownDeployment | undefined> {
    await this.#fetchOnce();
    return this.#options.local.find(deploymentId);
  }

  async list(environment: string): Promise<readonly KnownDeployment[]> {
    await this.#fetchOnce();
    return this.#options.local.list(environment);
  }

  async lock(request: LockRequest): Promise<EnvironmentLock> {
    const lock = await this.#options.local.lock(request);
    try {
      this.#isFetched = false;
      await this.#fetchOnce();
      await this.#refuseNewer();
    } catch (error) {
      await lock.release();
      throw error;
    }
    const release = async () => {
      if (this.#isWritten) await this.upload();
      await lock.release();
    };
    return { takenFrom: lock.takenFrom, release };
  }

  create(started: Parameters<JournalStore['create']>[0]) {
    this.#isWritten = true;
    return this.#options.local.create(started);
  }

  reopen(deploymentId: string) {
    this.#isWritten = true;
    return this.#options.local.reopen(deploymentId);
  }

  /** Never fails: the deployment has ended as it has. A copy that is missing is warned of. */
  async upload(): Promise<void> {
    const { session, environment, local } = this.#options;
    const { host, directory, common } = session;
    const work = (async () => {
      const journals = (await local.list(environment)).slice(0, MOST_JOURNALS);
      if (journals.length === 0) return;
      const id = await host.uploadArtifact({
        name: artifactName(environment),
        root: directory,
        files: journals.map(({ path }) => path),
        retentionDays: common.retentionDays,
      });
      if (id === undefined) host.log.warning('the journal stays on this disk: there is no artifact service');
      else rememberKept(session);
    })().catch((error: unknown) =>
      host.log.warning(`no later job can resume or roll back from this journal: ${messageOf(error)}`),
    );
    await (host.signal.aborted ? Promise.race([work, host.clock.sleep(PATIENCE_AFTER_CANCEL_MS)]) : work);
  }

  async #fetchOnce(): Promise<void> {
    if (this.#isFetched) return;
    const { session, environment, token } = this.#options;
    const base = artifactName(environment);
    const { artifacts, trouble } = await earlierArtifacts(session, {
      ...{ token, ...LIMITS },
      names: [base, ...Array.from({ length: MOST_NAMES - 1 }, (_, index) => `${base}-${index + 2}`)],
      matches: () => true,
    });
    if (trouble.length > 0) throw unreadable(trouble);
    for (const artifact of artifacts) await this.#takeIn(artifact);
    this.#isFetched = true;
  }

  async #takeIn(artifact: ReadArtifact): Promise<void> {
    for (const { path, text } of artifact.files) {
      const id = basename(path, ENDING);
      if (!path.endsWith(ENDING) || !/^[A-Za-z0-9._-]{1,128}$/.test(id)) continue;
      const theirs = knownDeployment(id, Buffer.from(text), path);
      if (theirs?.state.started.environment === this.#options.environment)
        await this.#takeJournal(id, text, artifact.runId);
    }
  }

  /** The longer copy counts; of two that went on apart, the newer run's. */
  async #takeJournal(id: string, text: string, runId: number): Promise<void> {
    const { session } = this.#options;
    const path = join(session.directory, deploymentFiles(id).journal);
    const here = await session.host.files.read(path);
    const order = here === undefined ? 'second-is-newer' : compareJournals(here, text);
    const writer = this.#writers.get(id) ?? 0;
    if (order === 'same') this.#writers.set(id, writer === 0 ? runId : Math.min(writer, runId));
    if (order === 'diverged')
      session.host.log.warning(`two runs went on with ${id} at once: the journal of the newer run counts`);
    const isNewer = order === 'second-is-newer' || (order === 'diverged' && runId > writer);
    if (!isNewer) return;
    this.#writers.set(id, runId);
    await makeDeploymentsFolder(session.directory);
    await rm(path, { force: true });
    await writeFile(path, text, { flag: 'wx' });
  }

  /** @throws SophiaError `state` where a newer run left a deployment open: an older one does not go on with it */
  async #refuseNewer(): Promise<void> {
    const { session, environment, local } = this.#options;
    const { runId } = session.host.run;
    if (runId === 0) return;
    const open = (await local.list(environment)).find(
      ({ id, state }) => state.mode !== 'finished' && (this.#writers.get(id) ?? 0) > runId,
    );
    if (open === undefined) return;
    const newer = this.#writers.get(open.id) ?? 0;
    throw new SophiaError('state', {
      message: `the newer run ${newer} left the deployment ${open.id} open: this run, ${runId}, does not go on with it`,
      hint: 'run the newer one again, or start a new run; nothing has run',
    });
  }
}

const artifactName = (environment: string) => `sophia-journal-${environment}`;

const unreadable = (trouble: readonly string[]) =>
  new SophiaError('unavailable', {
    message: `journals of earlier runs cannot be read, so nothing has run:\n${trouble.join('\n')}`,
    hint: 'give the job `actions: read`, and run it again; docs/recovery.md says how to go on by hand',
  });
