import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, SophiaError } from '@sophia/core/errors';

import type { GitHub } from '../github/github.ts';
import type { Session } from '../host/session.ts';
import { deploymentFiles, makeDeploymentsFolder } from './deployment-files.ts';
import { knownDeployment } from './file-journal.ts';
import { GitRef } from '../github/git-ref.ts';
import type { RefHead } from '../github/git-ref.ts';
import { FREE, LOCK_FILE, parseLock, renderLock, takeoverReason } from './git-ref-lock.ts';
import type { HeldRef, LockHolder, RefLock } from './git-ref-lock.ts';
import { GitRefJournal } from './git-ref-journal.ts';
import type {
  EnvironmentLock,
  JournalStore,
  KnownDeployment,
  LockRequest,
  OpenJournal,
} from './journal-store.ts';

const ENDING = '.jsonl';
/** A lock that is held is waited for so long. */
const PATIENCE_MS = 2 * 60_000;
const POLL_MS = 5_000;
/** Journals that the ref's head keeps; older ones are in its history. */
const MOST_JOURNALS = 20;

export interface GitRefStoreOptions {
  readonly github: GitHub;
  readonly environment: string;
  readonly session: Session;
  /** Every journal is written here too, for the log, the report and the artifact. */
  readonly local: JournalStore;
  /** Default: two minutes. */
  readonly patienceMs?: number;
  readonly pollMs?: number;
}

/** Journals of one environment in the ref `refs/sophia/<environment>`, which is its lock too. */
export function gitRefStore(options: GitRefStoreOptions): JournalStore {
  return new GitRefStore(options);
}

class GitRefStore implements JournalStore {
  readonly #options: GitRefStoreOptions;
  readonly #ref: GitRef;
  #held: HeldRef | undefined;

  constructor(options: GitRefStoreOptions) {
    const { github, session, environment } = options;
    this.#options = options;
    this.#ref = new GitRef(github, session.host.clock, `sophia/${environment}`);
  }

  async find(deploymentId: string): Promise<KnownDeployment | undefined> {
    const head = this.#held?.head ?? (await this.#ref.read());
    return head === undefined ? undefined : this.#known(head, deploymentId);
  }

  async list(): Promise<readonly KnownDeployment[]> {
    const head = this.#held?.head ?? (await this.#ref.read());
    if (head === undefined) return [];
    const ids = [...head.files.keys()]
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length));
    const { log } = this.#options.session.host;
    const found = await Promise.all(
      ids.map((id) =>
        this.#known(head, id).catch((error: unknown) => {
          log.warning(messageOf(error));
          return undefined;
        }),
      ),
    );
    return found.flatMap((known) => known ?? []).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  async lock(request: LockRequest): Promise<EnvironmentLock> {
    const { session, patienceMs = PATIENCE_MS, pollMs = POLL_MS } = this.#options;
    const { clock, signal, log } = session.host;
    const endMs = clock.monotonicMs() + patienceMs;
    for (let isFirst = true; ; isFirst = false) {
      const taken = await this.#tryLock(request);
      if (!('deploymentId' in taken)) return taken;
      if (clock.monotonicMs() >= endMs || signal.aborted) throw heldBy(this.#ref.name, taken);
      if (isFirst) log.info(`waiting for ${taken.deploymentId}, which holds refs/${this.#ref.name}`);
      await clock.sleep(pollMs, signal);
    }
  }

  async create(started: Parameters<JournalStore['create']>[0]) {
    const held = this.#requireHeld();
    // The ref has no such journal: what a dead run of this id left here announced nothing.
    const here = await this.#options.local.find(started.deploymentId);
    if (here?.state.started.plan.journal === 'git-ref') await rm(here.path, { force: true });
    const kept = [...(await this.list())].slice(MOST_JOURNALS - 1).map(({ id }) => `${id}${ENDING}`);
    held.head = { ...held.head, files: without(held.head.files, kept) };
    const journal = this.#journal(await this.#options.local.create(started), held);
    await journal.flush();
    return journal;
  }

  async reopen(deploymentId: string) {
    const held = this.#requireHeld();
    const sha = held.head.files.get(`${deploymentId}${ENDING}`);
    if (sha === undefined) throw new Error(`refs/${this.#ref.name} has no journal of ${deploymentId}`);
    await makeDeploymentsFolder(this.#options.session.directory);
    const path = this.#localPath(deploymentId);
    await rm(path, { force: true });
    await writeFile(path, await this.#ref.readFile(sha), { flag: 'wx' });
    return this.#journal(await this.#options.local.reopen(deploymentId), held);
  }

  #journal(local: OpenJournal, held: HeldRef): GitRefJournal {
    return new GitRefJournal({ local, ref: this.#ref, held, host: this.#options.session.host });
  }

  #localPath(id: string): string {
    return join(this.#options.session.directory, deploymentFiles(id).journal);
  }

  #requireHeld(): HeldRef {
    if (this.#held === undefined) throw new Error('a journal in a ref is written only under its lock');
    return this.#held;
  }

  async #known(head: RefHead, id: string): Promise<KnownDeployment | undefined> {
    const sha = head.files.get(`${id}${ENDING}`);
    if (sha === undefined) return undefined;
    return knownDeployment(id, await this.#ref.readFile(sha), `refs/${this.#ref.name}:${id}${ENDING}`);
  }

  /** @returns the holder where somebody else has it. */
  async #tryLock({ deploymentId, leaseMs }: LockRequest): Promise<EnvironmentLock | LockHolder> {
    const { run, clock, variables } = this.#options.session.host;
    const head = await this.#ref.read();
    const lock = await this.#readLock(head);
    const reason = lock.holder === null ? undefined : await this.#takeover(lock.holder);
    if (lock.holder !== null && reason === undefined) return lock.holder;
    const { runId, attempt, job, actor } = run;
    const instance = variables['RUNNER_TRACKING_ID'] ?? '';
    const holder: LockHolder = {
      deploymentId,
      runId,
      attempt,
      job,
      instance,
      actor,
      expiresAtMs: clock.nowMs() + leaseMs,
    };
    const fence = lock.fence + 1;
    const moved = await this.#ref.move({
      parent: head,
      kept: without(head?.files ?? new Map(), [LOCK_FILE]),
      written: { [LOCK_FILE]: renderLock({ fence, holder }) },
      message: `lock ${fence} for ${deploymentId}`,
    });
    if (moved === undefined) return lock.holder ?? { ...holder, deploymentId: 'another run' };
    this.#held = { head: moved, fence, holder, leaseMs };
    const takenFrom =
      lock.holder === null || reason === undefined
        ? undefined
        : { deploymentId: lock.holder.deploymentId, reason };
    return { takenFrom, release: () => this.#release() };
  }

  async #readLock(head: RefHead | undefined): Promise<RefLock> {
    const sha = head?.files.get(LOCK_FILE);
    return sha === undefined ? FREE : parseLock((await this.#ref.readFile(sha)).toString('utf8'));
  }

  /** A run that GitHub says is over holds nothing; without `actions: read`, its lock has to expire. */
  async #takeover(holder: LockHolder): Promise<string | undefined> {
    const { session, github } = this.#options;
    const { run, clock, variables } = session.host;
    const instance = variables['RUNNER_TRACKING_ID'] ?? '';
    const reason = takeoverReason(holder, { ...run, instance }, clock.nowMs());
    if (reason !== undefined || holder.runId === 0 || holder.runId === run.runId) return reason;
    const answer = await github
      .request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { run_id: holder.runId })
      .catch(() => undefined);
    const data = answer?.data as { status?: unknown } | undefined;
    return data?.status === 'completed' ? `its run ${holder.runId} is over` : undefined;
  }

  /** After a cancel there is no time, and the post step of this job takes the lock over. */
  async #release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    const { signal, log } = this.#options.session.host;
    if (held === undefined || signal.aborted) return;
    await this.#ref
      .move({
        parent: held.head,
        kept: without(held.head.files, [LOCK_FILE]),
        written: { [LOCK_FILE]: renderLock({ fence: held.fence, holder: null }) },
        message: `unlock ${held.fence}`,
      })
      .catch((error: unknown) =>
        log.warning(`the lock refs/${this.#ref.name} stays until it expires: ${messageOf(error)}`),
      );
  }
}

/** @returns the files but those of the names. */
export const without = (
  files: ReadonlyMap<string, string>,
  names: readonly string[],
): ReadonlyMap<string, string> => new Map([...files].filter(([path]) => !names.includes(path)));

const heldBy = (name: string, holder: LockHolder) =>
  new SophiaError('state', {
    message: `the deployment ${holder.deploymentId} is running: it holds refs/${name} until ${new Date(holder.expiresAtMs).toISOString()}`,
    hint: `wait for run ${holder.runId}; use \`concurrency\` so that runs queue`,
  });
