import { createHash } from 'node:crypto';

import type { RunIdentity } from './envelope.ts';

/** Ids of W3C Trace Context, in lower-case hex: 32 digits of a trace, 16 of a span. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

type Run = Pick<RunIdentity, 'repository' | 'runId' | 'attempt'>;

const hash = (run: Run, ...path: readonly string[]) =>
  createHash('sha256')
    .update([run.repository, run.runId, run.attempt, ...path].join('\0'))
    .digest('hex');

/** @returns the trace of an attempt of a run: the same wherever it is computed, so that a second export is the same trace. */
export const traceIdOf = (run: Run): string => hash(run).slice(0, 32);

/** @returns the span of a place in a run's tree. */
export const spanIdOf = (run: Run, path: string): string => hash(run, path).slice(0, 16);

/** The places that each job can name by itself: the run, and a job of it. */
export const ROOT_PATH = '/workflow';
const jobPath = (job: string): string => `${ROOT_PATH}/job:${job}`;

/**
 * @returns the `traceparent` that a job gives to what it starts: the job's span in the run's trace. It is computed, so that
 *   jobs on different machines agree without having talked.
 */
export const traceparentOf = (run: Run & Pick<RunIdentity, 'job'>): string =>
  `00-${traceIdOf(run)}-${spanIdOf(run, jobPath(run.job))}-01`;

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/**
 * @param text a `traceparent` (www.w3.org/TR/trace-context, 3.2); untrusted
 * @returns the parent that it names; undefined where it is none
 */
export function parseTraceparent(text: string): TraceContext | undefined {
  const match = TRACEPARENT.exec(text.trim());
  const [, version, traceId, spanId, more] = match ?? [];
  // Only a later version than 00 may have more.
  if (traceId === undefined || spanId === undefined || (version === '00' && more !== undefined))
    return undefined;
  return { traceId, spanId };
}
