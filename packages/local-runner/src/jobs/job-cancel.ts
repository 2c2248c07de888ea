/** Why a job is being cancelled. */
export type CancelReason = 'cancelled' | 'timeout' | 'fail-fast';

/**
 * The cancellation of one job. A step that is running is told and decides by its condition whether it stops;
 * steps that start afterwards are not touched, until the job is forced to end.
 */
export class JobCancel {
  private readonly listeners = new Set<() => void>();
  private readonly forced = new AbortController();
  private forceTimer: NodeJS.Timeout | undefined;
  private readonly forceMs: number;
  reason: CancelReason | undefined;

  constructor(forceMs: number) {
    this.forceMs = forceMs;
  }

  /** Aborted once the job may wait no longer for its steps. */
  get force(): AbortSignal {
    return this.forced.signal;
  }

  cancel(reason: CancelReason): void {
    if (this.reason) return;
    this.reason = reason;
    this.forceTimer = setTimeout(() => this.forced.abort(), this.forceMs);
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener when the job is cancelled from now on; returns how to stop that. */
  onCancel(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The job is over. */
  close(): void {
    clearTimeout(this.forceTimer);
  }
}
