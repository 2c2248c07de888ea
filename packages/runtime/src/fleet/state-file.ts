import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ProcessId } from './fleet-order.ts';

/** What the next call needs, where a supervisor was killed, to find what it left behind. Names no value of a secret. */
export interface FleetRecord {
  readonly version: 1;
  readonly fleetId: string;
  readonly fingerprint: string;
  /** After a reboot every pid in here means another process. */
  readonly bootId: string;
  readonly supervisor: ProcessId;
  readonly servers: Readonly<Record<string, ProcessId>>;
}

const FILE = 'fleet.jsonl';

/** What is recorded of a process that was started later. */
interface ProcessLine extends ProcessId {
  readonly server: string;
}

/** Writes the record whole or not at all. */
export function writeRecord(stateDirectory: string, record: FleetRecord): void {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  chmodSync(stateDirectory, 0o700);
  const path = join(stateDirectory, FILE);
  writeFileSync(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/**
 * Adds a process to the record; synchronous, so that no process runs for long that is not in it. A line each: to write
 * the whole record anew costs a millisecond and more, because ext4 then sends the old one's blocks to the disk. A line
 * begins with its line break, so that one that was torn by a full disk spoils no other.
 */
export function recordProcess(stateDirectory: string, server: string, { pid, startTime }: ProcessId): void {
  const line: ProcessLine = { server, pid, startTime };
  appendFileSync(join(stateDirectory, FILE), `\n${JSON.stringify(line)}`);
}

/** @returns undefined where there is no record, or one that was torn or written by something else */
export function readRecord(stateDirectory: string): FleetRecord | undefined {
  try {
    const [first = '', ...lines] = readFileSync(join(stateDirectory, FILE), 'utf8').split('\n');
    const record: unknown = JSON.parse(first);
    if (!isRecord(record)) return undefined;
    // The last process of a server counts; one that has ended is known by its start time.
    const later = lines.flatMap(processOf).map(({ server, ...id }) => [server, id] as const);
    return { ...record, servers: { ...record.servers, ...Object.fromEntries(later) } };
  } catch {
    return undefined;
  }
}

function processOf(line: string): readonly ProcessLine[] {
  try {
    const found = JSON.parse(line) as Partial<ProcessLine> | null;
    return typeof found?.server === 'string' && isId(found) ? [found as ProcessLine] : [];
  } catch {
    return [];
  }
}

function isId(id: Partial<ProcessId> | undefined): boolean {
  return typeof id === 'object' && typeof id.pid === 'number' && typeof id.startTime === 'string';
}

function isRecord(value: unknown): value is FleetRecord {
  const record = value as Partial<FleetRecord> | null;
  if (typeof record !== 'object' || record === null || record.version !== 1) return false;
  return (
    typeof record.fleetId === 'string' &&
    record.fleetId !== '' &&
    typeof record.bootId === 'string' &&
    isId(record.supervisor) &&
    typeof record.servers === 'object' &&
    Object.values(record.servers).every(isId)
  );
}
