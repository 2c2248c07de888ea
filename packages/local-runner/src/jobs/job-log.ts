import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Masks } from '../steps/masks.ts';

/** The log of one job: each line with its time, every secret hidden, on disk at once. */
export class JobLog {
  private readonly handle: number;
  private readonly masks: Masks;
  private readonly onLine: (text: string) => void;

  constructor(path: string, masks: Masks, onLine: (text: string) => void) {
    mkdirSync(dirname(path), { recursive: true });
    this.handle = openSync(path, 'w');
    this.masks = masks;
    this.onLine = onLine;
  }

  /** Writes a text; each of its lines becomes a line. */
  write(text: string): void {
    for (const line of this.masks.apply(text).split('\n')) {
      writeSync(this.handle, `${new Date().toISOString()} ${line}\n`);
      this.onLine(line);
    }
  }

  close(): void {
    closeSync(this.handle);
  }
}
