import type { Host } from '../host/host.ts';

/**
 * Gives the job's place in the run's trace to its later steps, as TRACEPARENT, where the environment asks for traces. One
 * that somebody else has set stays: their trace goes on. Outside of a run there is no trace. What computes it is loaded
 * only then: it needs `node:crypto`, an eighth of a bundle's start.
 */
export async function passTraceContext(
  host: Pick<Host, 'variables' | 'run' | 'exportVariable'>,
): Promise<void> {
  const { variables, run } = host;
  const isAsked = (variables['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '').trim() !== '';
  const isOff = variables['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  if (!isAsked || isOff || run.runId === 0 || (variables['TRACEPARENT'] ?? '') !== '') return;
  const { traceparentOf } = await import('@sophia/core/report/trace-context');
  host.exportVariable('TRACEPARENT', traceparentOf(run));
}
