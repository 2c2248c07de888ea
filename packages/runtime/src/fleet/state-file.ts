import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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

const FILE = 'fleet.json';

/** Writes the record whole or not at all; synchronous, so that no process is started that is not in it soon after. */
export function writeRecord(stateDirectory: string, record: FleetRecord): void {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  chmodSync(stateDirectory, 0o700);
  const path = join(stateDirectory, FILE);
  writeFileSync(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** @returns undefined where there is no record, or one that was torn or written by something else */
export function readRecord(stateDirectory: string): FleetRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(join(stateDirectory, FILE), 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is FleetRecord {
  const record = value as Partial<FleetRecord> | null;
  if (typeof record !== 'object' || record === null || record.version !== 1) return false;
  const isId = (id: Partial<ProcessId> | undefined) =>
    typeof id === 'object' && typeof id.pid === 'number' && typeof id.startTime === 'string';
  return (
    typeof record.fleetId === 'string' &&
    record.fleetId !== '' &&
    typeof record.bootId === 'string' &&
    isId(record.supervisor) &&
    typeof record.servers === 'object' &&
    Object.values(record.servers).every(isId)
  );
}
