import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { readRecord, recordProcess, writeRecord } from './state-file.ts';
import type { FleetRecord } from './state-file.ts';

const record: FleetRecord = {
  version: 1,
  fleetId: 'a-fleet',
  fingerprint: 'of-it',
  bootId: 'a-boot',
  supervisor: { pid: 41, startTime: '100' },
  servers: {},
};
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sophia-record-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the record of a fleet', () => {
  test('holds the last process of each server', () => {
    writeRecord(directory, record);
    recordProcess(directory, 'memory', { pid: 42, startTime: '101' });
    recordProcess(directory, 'store', { pid: 43, startTime: '102' });
    recordProcess(directory, 'memory', { pid: 44, startTime: '103' });
    expect(readRecord(directory)).toEqual({
      ...record,
      servers: { memory: { pid: 44, startTime: '103' }, store: { pid: 43, startTime: '102' } },
    });
  });

  test('loses nothing but the line that a full disk tore', () => {
    writeRecord(directory, record);
    recordProcess(directory, 'memory', { pid: 42, startTime: '101' });
    appendFileSync(join(directory, 'fleet.jsonl'), '\n{"server":"store","pid":43,"sta');
    recordProcess(directory, 'mail', { pid: 45, startTime: '104' });
    expect(Object.keys(readRecord(directory)?.servers ?? {})).toEqual(['memory', 'mail']);
  });

  test('is none where its beginning is torn, or no record at all', () => {
    expect(readRecord(directory)).toBeUndefined();
    for (const text of ['', '{"version":1,"fleetId":"a-fl', 'null', '[]', '{"version":2}']) {
      writeFileSync(join(directory, 'fleet.jsonl'), text);
      expect(readRecord(directory)).toBeUndefined();
    }
  });
});
