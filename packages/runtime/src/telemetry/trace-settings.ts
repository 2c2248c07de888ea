import { parseTraceparent } from '@sophia/core/report/trace-context';
import type { TraceContext } from '@sophia/core/report/trace-context';

import type { Host, Variables } from '../host/host.ts';

/** Where a trace goes, by OpenTelemetry's own variables (opentelemetry.io, "OTLP Exporter Configuration"). */
export interface TraceSettings {
  /** With its path: `/v1/traces` below OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** OTEL_EXPORTER_OTLP_PROTOCOL; empty where nothing is said. */
  readonly protocol: string;
  readonly parent: TraceContext | undefined;
}

const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `name=value,name=value`, percent-encoded as W3C Baggage has it. */
function headersOf(variables: Variables): Readonly<Record<string, string>> {
  const pairs = HEADERS.flatMap((name) => (variables[name] ?? '').split(','));
  const entries = pairs.flatMap((pair): readonly (readonly [string, string])[] => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim();
    return name === '' ? [] : [[decoded(name).toLowerCase(), decoded(pair.slice(equals + 1).trim())]];
  });
  return Object.fromEntries(entries);
}

/** Registers what must not be seen: the headers are credentials, and so is a password in the address. */
function hide(
  { redaction, variables }: Pick<Host, 'redaction' | 'variables'>,
  headers: Readonly<Record<string, string>>,
  url: string,
) {
  for (const name of HEADERS) redaction.add(variables[name] ?? '');
  for (const value of Object.values(headers)) {
    redaction.add(value);
    // `Bearer TOKEN`: somebody may quote the token alone.
    redaction.add(value.split(' ').at(-1) ?? '');
  }
  if (URL.canParse(url)) redaction.add(decoded(new URL(url).password));
}

/**
 * Reads where a trace is to go, and registers the secrets in it.
 *
 * @returns undefined where nobody asked for one: OTEL_EXPORTER_OTLP_ENDPOINT is not set, or OTEL_SDK_DISABLED is `true`
 */
export function traceSettings(host: Pick<Host, 'redaction' | 'variables'>): TraceSettings | undefined {
  const { variables } = host;
  const endpoint = (variables['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '').trim();
  if (endpoint === '' || variables['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  const headers = headersOf(variables);
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  hide(host, headers, url);
  return {
    url,
    headers,
    serviceName: variables['OTEL_SERVICE_NAME'] || 'sophia-actions',
    protocol: (variables['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '').trim().toLowerCase(),
    parent: parseTraceparent(variables['TRACEPARENT'] ?? ''),
  };
}
