import type { ReportItem, ReportStatus } from '@sophia/core/report/envelope';

import type { Annotation } from '../host/host.ts';

/** What a run came to, for people. */
export interface SetupResult {
  readonly status: ReportStatus;
  /** Where the values come from. */
  readonly name: string;
  readonly revision: string;
  readonly items: readonly ReportItem[];
  readonly failed: readonly ReportItem[];
  readonly exported: readonly string[];
}

/** The same in words: one line, the annotations, and of a failure what a program may read. */
export interface SetupWords {
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly error?: { readonly code: 'requirements'; readonly message: string; readonly hint: string };
}

/** A line is read by people; the report has all of them. */
const MOST_NAMED = 10;

/** GitHub cuts longer annotations. */
const MOST_ANNOTATED = 50;

/** @returns the words for a result. No value occurs in it: only names, states and counts. */
export function renderSetup(result: SetupResult): SetupWords {
  const { failed, status, exported } = result;
  const secrets = result.items.filter(({ kind }) => kind === 'secret');
  const holding = secrets.filter((item) => item.status === 'success').length;
  const revision = result.revision === '' ? '' : ` (revision ${result.revision})`;
  const counts = `${holding} of ${secrets.length} secrets hold in ${result.name}${revision}`;
  const done = exported.length === 0 ? 'nothing was exported' : `${exported.length} names were exported`;
  if (failed.length === 0) return { summary: `${counts}; ${done}`, annotations: [] };
  const listed = failed.slice(0, MOST_NAMED).map(({ name, message }) => `${name} ${message}`);
  if (failed.length > MOST_NAMED) listed.push(`and ${failed.length - MOST_NAMED} more, see the report`);
  const summary = `${counts}; ${done}: ${listed.join('; ')}`;
  const lines = failed
    .slice(0, MOST_ANNOTATED)
    .map(({ name, message, hint }) => `${name}: ${message}\n  hint: ${hint}`);
  const level = status === 'failure' ? 'error' : 'warning';
  const annotation: Annotation = { level, title: 'Secrets that do not hold', message: lines.join('\n') };
  if (status !== 'failure') return { summary, annotations: [annotation] };
  const error = { code: 'requirements', message: summary, hint: failed[0]?.hint ?? '' } as const;
  return { summary, annotations: [annotation], error };
}
