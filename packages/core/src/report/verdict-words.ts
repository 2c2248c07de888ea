import type { ItemStatus, ReportStatus } from './envelope.ts';

/** A verdict as one character, for places that have no colour. */
export const SIGNS: Readonly<Record<ReportStatus | ItemStatus, string>> = {
  success: '✅',
  warning: '⚠️',
  failure: '❌',
  inconclusive: '⚠️',
  'rolled-back': '↩️',
  'rollback-failed': '❌',
  cancelled: '⚠️',
  planned: '✅',
  skipped: '–',
};
