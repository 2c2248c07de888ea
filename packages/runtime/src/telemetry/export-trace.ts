import { ROOT_CONTEXT, SpanStatusCode, trace as traceApi, TraceFlags } from '@opentelemetry/api';
import type { Context, HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { SophiaError } from '@sophia/core/errors';
import { plainLine } from '@sophia/core/report/markdown/inline';
import type { Trace, TraceSpan } from '@sophia/core/report/trace';

import type { Host } from '../host/host.ts';
import { openAgents } from '../http/agents.ts';
import type { Agents } from '../http/agents.ts';
import { proxySecrets, wayTo } from '../http/proxy.ts';
import { guardedLookup, refuseForbiddenLiteral } from '../http/resolver.ts';
import { socketFault } from '../http/socket-fault.ts';
import type { TraceSettings } from './trace-settings.ts';

/** Longest that an export may take, its repetitions included: a job has better things to do. */
const TIMEOUT_MS = 5_000;

/** As seconds and nanoseconds: a plain number could be taken for a time since the start of the process. */
const hrTime = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

const contextOf = (traceId: string, spanId: string): Context =>
  spanId === ''
    ? ROOT_CONTEXT
    : traceApi.setSpanContext(ROOT_CONTEXT, {
        traceId,
        spanId,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      });

type Redact = (text: string) => string;

function redacted({ attributes }: TraceSpan, redact: Redact) {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}

/** Makes the SDK's spans of ours: the ids are planned, so its generator hands them out in order. */
function sdkSpans(trace: Trace, serviceName: string, redact: Redact): readonly ReadableSpan[] {
  const ended: ReadableSpan[] = [];
  let next = '';
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => trace.traceId, generateSpanId: () => next },
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => void ended.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const tracer = provider.getTracer('sophia-actions');
  for (const planned of trace.spans) {
    next = planned.spanId;
    const options = { startTime: hrTime(planned.startMs), attributes: redacted(planned, redact) };
    const span = tracer.startSpan(redact(planned.name), options, contextOf(trace.traceId, planned.parentId));
    if (planned.status === 'error')
      span.setStatus({ code: SpanStatusCode.ERROR, message: redact(planned.message) });
    span.end(hrTime(planned.endMs));
  }
  return ended;
}

/** OpenTelemetry's own exporters, by the value of OTEL_EXPORTER_OTLP_PROTOCOL; only the one that is asked for is loaded. */
const EXPORTERS = {
  'http/json': async () => (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter,
  'http/protobuf': async () => (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter,
} as const;

const isSpoken = (protocol: string): protocol is keyof typeof EXPORTERS => Object.hasOwn(EXPORTERS, protocol);

function exporterOf({ protocol }: TraceSettings) {
  if (protocol === '') return EXPORTERS['http/json'];
  if (isSpoken(protocol)) return EXPORTERS[protocol];
  throw new SophiaError('unsupported', {
    message: `OTEL_EXPORTER_OTLP_PROTOCOL is ${plainLine(protocol, 40)}; only OTLP over HTTP is spoken here: ${Object.keys(EXPORTERS).join(', ')}`,
    hint: "set it to one of these, and OTEL_EXPORTER_OTLP_ENDPOINT to the collector's port for HTTP (4318)",
  });
}

function target({ url }: TraceSettings): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
    throw new SophiaError('usage', {
      message: 'OTEL_EXPORTER_OTLP_ENDPOINT is no http:// or https:// URL',
      hint: 'give the whole address, such as https://collector.example:4318',
    });
  refuseForbiddenLiteral(parsed.hostname);
  return parsed;
}

/** Guarded sockets, also for the SDK's exporter; what is encrypted goes through the proxy that the environment names. */
function agentFor(agents: Agents, url: URL, { variables }: Pick<Host, 'variables'>) {
  const way = wayTo(url, variables);
  if ('fault' in way) throw new SophiaError('unavailable', way.fault);
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  return agents.choose({ protocol, tunnel: protocol === 'https:' ? way.proxy : undefined }, false);
}

/** The exporter's error, in our words; its texts quote the answer, which is foreign. */
function whyNot(error: Error | undefined): SophiaError {
  const status =
    error !== undefined && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  const fault = socketFault(error);
  const words =
    fault?.message ??
    (status === undefined ? plainLine(error?.message ?? 'no reason given', 120) : `it answered ${status}`);
  return new SophiaError('unavailable', {
    message: `the collector took nothing: ${words}`,
    hint: fault?.hint ?? 'look whether OTEL_EXPORTER_OTLP_ENDPOINT is right and the collector is up',
  });
}

const tooSlow = () =>
  new SophiaError('unavailable', {
    message: `the collector gave no answer within ${TIMEOUT_MS / 1_000} s`,
    hint: 'look whether the collector is up',
  });

/**
 * Exports a trace in one request (OTLP over HTTP, as JSON or protobuf), repeated where the collector asks for it, within five seconds.
 *
 * @throws SophiaError `unsupported`, `usage`, `unavailable`; whatever the guard of addresses refuses
 */
export async function exportTrace(trace: Trace, settings: TraceSettings, host: Host): Promise<void> {
  for (const secret of proxySecrets(host.variables)) host.redaction.add(secret);
  const load = exporterOf(settings);
  const url = target(settings);
  const Exporter = await load();
  const agents = openAgents(guardedLookup());
  const spans = sdkSpans(trace, settings.serviceName, (text) => host.redaction.redact(text));
  const agent = agentFor(agents, url, host);
  const exporter = new Exporter({
    url: settings.url,
    headers: { ...settings.headers },
    timeoutMillis: TIMEOUT_MS,
    httpAgentOptions: () => agent,
  });
  const sent = new Promise<void>((resolve, reject) => {
    exporter.export([...spans], ({ error, code }) => (code === 0 ? resolve() : reject(whyNot(error))));
  });
  const ended = new AbortController();
  const late = host.clock.sleep(TIMEOUT_MS, AbortSignal.any([host.signal, ended.signal])).then(() => {
    throw tooSlow();
  });
  try {
    await Promise.race([sent, late]);
  } finally {
    late.catch(() => undefined);
    sent.catch(() => undefined);
    ended.abort();
    agents.close();
  }
}
