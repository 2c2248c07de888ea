import type { ReportItem } from '@sophia/core/report/envelope';

import { bootId, isAlive } from './proc/process-table.ts';
import { readRecord } from './state-file.ts';

/**
 * Tells servers that do not run from servers that nobody keeps: a supervisor that was killed, or hangs, leaves them
 * behind until the next start or stop.
 */
export function unattended(items: readonly ReportItem[], stateDirectory: string): readonly ReportItem[] {
  const record = readRecord(stateDirectory);
  if (record === undefined || record.bootId !== bootId()) return items;
  const what = isAlive(record.supervisor) ? 'does not answer' : 'was killed';
  return items.map((item): ReportItem => {
    const { [item.name]: id } = record.servers;
    if (id === undefined || !isAlive(id)) return item;
    return {
      ...item,
      category: 'server-error',
      message: `runs as pid ${id.pid}, but nobody keeps it: the supervisor of the fleet ${what}`,
      hint: 'start the fleet again, which ends what is left first, or stop it',
    };
  });
}
