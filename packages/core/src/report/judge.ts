import type { ItemStatus, ReportItem, ReportStatus } from './envelope.ts';

/** @returns an item with every field set; a caller gives what differs from a plain success. */
export function reportItem(item: Pick<ReportItem, 'name' | 'kind'> & Partial<ReportItem>): ReportItem {
  return {
    status: 'success',
    severity: 'critical',
    durationMs: 0,
    attempts: 1,
    category: null,
    message: '',
    hint: '',
    foldedUnder: null,
    details: {},
    ...item,
  };
}

const isBad = (status: ItemStatus) => status === 'failure';

/**
 * The verdict over items, as the contract's section 5 has it: a failed critical item is a failure; a failed
 * item of severity `warning`, or an item that is itself a warning, makes a warning; `info` is never judged.
 */
export function judgeItems(
  items: readonly ReportItem[],
): Extract<ReportStatus, 'success' | 'warning' | 'failure'> {
  const judged = items.filter((item) => item.severity !== 'info');
  if (judged.some((item) => isBad(item.status) && item.severity === 'critical')) return 'failure';
  if (judged.some((item) => isBad(item.status) || item.status === 'warning')) return 'warning';
  return 'success';
}

/** Statuses with which the step passes (contract, section 3); `rolled-back` only where a rollback was asked for. */
export function stepPasses(
  status: ReportStatus,
  asked: { rollback: boolean } = { rollback: false },
): boolean {
  if (status === 'rolled-back') return asked.rollback;
  return status === 'success' || status === 'warning' || status === 'planned';
}
