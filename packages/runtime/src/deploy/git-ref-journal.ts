import type { JournalHead } from '@sophia/core/deploy/chain-event';
import type { EventBody, JournalEvent } from '@sophia/core/deploy/event';
import { SophiaError } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';
import type { GitRef } from '../github/git-ref.ts';
import { LOCK_FILE, renderLock } from './git-ref-lock.ts';
import type { HeldRef } from './git-ref-lock.ts';
import type { OpenJournal } from './journal-store.ts';

/** After a cancel the action ends within 7 s: what GitHub has not taken by then is lost, and was never acted upon. */
const PATIENCE_AFTER_CANCEL_MS = 1_000;

export interface GitRefJournalParts {
  readonly local: OpenJournal;
  readonly ref: GitRef;
  /** Moved by every flush; the lock's release goes on from it. */
  readonly held: HeldRef;
  readonly host: Host;
}

/** A journal on disk whose flush is a commit on the head of the ref that was read, without force. */
export class GitRefJournal implements OpenJournal {
  readonly #local: OpenJournal;
  readonly #ref: GitRef;
  readonly #held: HeldRef;
  readonly #host: Host;
  /** Events that the ref has. */
  #flushed = 0;

  constructor({ local, ref, held, host }: GitRefJournalParts) {
    this.#local = local;
    this.#ref = ref;
    this.#held = held;
    this.#host = host;
  }

  get path(): string {
    return this.#local.path;
  }

  get events(): readonly JournalEvent[] {
    return this.#local.events;
  }

  get head(): JournalHead {
    return this.#local.head;
  }

  get dropped(): OpenJournal['dropped'] {
    return this.#local.dropped;
  }

  get isFlushed(): boolean {
    return this.#local.isFlushed && this.#flushed === this.events.length;
  }

  append(body: EventBody): Promise<JournalEvent> {
    return this.#local.append(body);
  }

  async flush(): Promise<void> {
    await this.#local.flush();
    if (this.isFlushed) return;
    const { signal, clock } = this.#host;
    if (!signal.aborted) return this.#commit();
    // The promise is left alone: this process ends.
    await Promise.race([this.#commit().catch(() => undefined), clock.sleep(PATIENCE_AFTER_CANCEL_MS)]);
    this.#flushed = this.events.length;
  }

  close(): Promise<void> {
    return this.#local.close();
  }

  async #commit(): Promise<void> {
    const { fence, holder, leaseMs, head } = this.#held;
    const count = this.events.length;
    const file = this.#file();
    const expiresAtMs = this.#host.clock.nowMs() + leaseMs;
    const written = {
      [file]: this.events.map((event) => `${JSON.stringify(event)}\n`).join(''),
      [LOCK_FILE]: renderLock({ fence, holder: { ...holder, expiresAtMs } }),
    };
    const kept = new Map([...head.files].filter(([path]) => !(path in written)));
    const last = this.events.at(-1);
    const moved = await this.#ref.move({
      parent: head,
      kept,
      written,
      message: `${file}: ${last?.type ?? ''}`,
    });
    if (moved === undefined) throw takenOver(this.#ref.name, fence);
    this.#held.head = moved;
    this.#flushed = count;
  }

  /** The lock may have been taken for another deployment: one that is rolled back first. */
  #file(): string {
    const [started] = this.events;
    if (started?.type !== 'deployment.started') throw new Error('a journal begins with its deployment');
    return `${started.deploymentId}.jsonl`;
  }
}

const takenOver = (name: string, fence: number) =>
  new SophiaError('state', {
    message: `another run has taken refs/${name} over (this one had number ${fence}): its journal counts, nothing more is done here`,
    hint: 'look at the newer run; it settles what this one left open',
  });
