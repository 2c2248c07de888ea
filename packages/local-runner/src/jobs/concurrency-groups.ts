/**
 * `concurrency` within one run: jobs of one group run one after another, in the order in which they became
 * ready. There is no other run on this machine that could be cancelled or waited for.
 */
export class ConcurrencyGroups {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs the work when everything before it in its group is over; without a group at once. */
  use<T>(group: string | undefined, work: () => Promise<T>): Promise<T> {
    if (group === undefined) return work();
    const key = group.toLowerCase();
    const turn = (this.tails.get(key) ?? Promise.resolve()).then(work, work);
    this.tails.set(key, turn);
    return turn;
  }
}
