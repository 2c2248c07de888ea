import { messageOf } from '@sophia/core/errors';
import type { ReportItem } from '@sophia/core/report/envelope';
import { reportItem } from '@sophia/core/report/judge';
import { withTimes } from '@sophia/core/report/pipeline/build-pipeline';
import type { Pipeline } from '@sophia/core/report/pipeline/model';
import type { Job } from '@sophia/core/report/read/source';

import type { Host } from '../host/host.ts';
import type { TraceSettings } from './trace-settings.ts';

/** What a trace is made of. */
export interface Tracing {
  readonly host: Host;
  readonly pipeline: Pipeline;
  /** The workflow's name. */
  readonly workflow: string;
  /** Times of the run's jobs, as GitHub measured them. */
  readonly times: readonly Job[];
  /** Undefined where nobody asked for a trace. */
  readonly settings: TraceSettings | undefined;
}

const told = (own: Partial<ReportItem>): readonly ReportItem[] => [
  reportItem({ name: 'trace', kind: 'trace', severity: 'info', ...own }),
];

/**
 * Exports the run as one trace where the environment asks for it. OpenTelemetry's SDK is loaded only then. A fork's run
 * exports none: what it reported is its own claim. Never throws: trouble is a warning beside the verdict.
 *
 * @returns an item that tells what was exported, or why nothing was
 */
export async function runTrace(tracing: Tracing): Promise<readonly ReportItem[]> {
  const { host, pipeline, workflow, settings } = tracing;
  if (settings === undefined || pipeline.run.runId === 0 || pipeline.run.fork) return [];
  try {
    const { buildTrace } = await import('@sophia/core/report/trace');
    const { exportTrace } = await import('./export-trace.ts');
    const measured = { ...pipeline, jobs: withTimes(pipeline.jobs, tracing.times) };
    const trace = buildTrace(measured, workflow, settings.parent);
    await exportTrace(trace, settings, host);
    const message = `trace ${trace.traceId} with ${trace.spans.length} spans was exported`;
    host.log.info(message);
    return told({ message });
  } catch (error) {
    const message = messageOf(error);
    host.log.warning(`no trace was exported: ${message}`);
    return told({ status: 'warning', message, hint: 'the verdict stands; see docs/report.md, Traces' });
  }
}
