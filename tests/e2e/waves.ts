/** A job of a run starts or ends. */
export interface JobEvent {
  readonly type: 'start' | 'end';
  readonly job: string;
}

/**
 * The order of a run's jobs, without the chance in it: a wave is what ran until nothing ran. Both runners get room for
 * all jobs that are ready, so a wave is what the workflow lets run side by side.
 *
 * @returns the waves in their order, the names in each sorted
 */
export function wavesOf(events: readonly JobEvent[]): readonly (readonly string[])[] {
  const waves: string[][] = [];
  let running = 0;
  for (const { type, job } of events) {
    if (type === 'end') {
      running -= 1;
      continue;
    }
    if (running === 0) waves.push([]);
    waves.at(-1)?.push(job);
    running += 1;
  }
  return waves.map((wave) => wave.sort());
}
