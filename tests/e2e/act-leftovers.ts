import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

function read(look: () => string): string {
  try {
    return look();
  } catch {
    return ''; // it ended meanwhile
  }
}

/**
 * Ends what jobs have left, as GitHub's runner does at a job's end and act does not on the host itself: a fleet would
 * go on, on ports that the next job needs. A job is over when its folder is gone.
 *
 * @param which `all`: the whole run is over
 */
export function reapLeftovers(trackingId: string, which: 'of-ended-jobs' | 'all' = 'of-ended-jobs'): void {
  const marker = `RUNNER_TRACKING_ID=${trackingId}`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const isOver = which === 'all' || read(() => readlinkSync(`/proc/${pid}/cwd`)).endsWith(' (deleted)');
    if (!isOver) continue;
    if (
      !read(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
        .split('\0')
        .includes(marker)
    )
      continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
