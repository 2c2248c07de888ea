import { appendFileSync, statSync } from 'node:fs';

/** Events of a fleet that restarts for hours do not fill the disk. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Appends events as JSON lines; a full disk costs the event, never the fleet. */
export function appendEvent(path: string, event: Readonly<Record<string, unknown>>): void {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < LARGEST_BYTES) appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  } catch {
    // See above.
  }
}
