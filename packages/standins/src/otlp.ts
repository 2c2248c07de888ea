import { field, isObject, textField } from './json-field.ts';
import { exportedTraces } from './otlp-protobuf.ts';
import { json, type Call, type Reply } from './reply.ts';
import { publicRoute } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** A span as it was received; times are milliseconds since 1970. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: string;
};

/** A collector, with all spans that it took so far, in the order of their arrival. */
export type OtlpStandin = Standin & { readonly spans: () => readonly ReceivedSpan[] };

/**
 * A collector for OTLP over HTTP at `/v1/traces`, in JSON or protobuf (opentelemetry.io, "OTLP Specification"). It answers 400, as
 * collectors do, where ids, times or the shape are not as the specification has them.
 */
export async function startOtlp(options: ListenOptions = {}): Promise<OtlpStandin> {
  const received: ReceivedSpan[] = [];
  const standin = await startStandin(
    {
      name: 'OTLP',
      routes: [publicRoute('POST', '/v1/traces', (call) => take(call, received))],
      authorize: () => undefined,
      error: ({ status, retryAfterSeconds }) =>
        json(
          status,
          { code: 13, message: 'the collector was told to fail' },
          status === 429 || status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {},
        ),
      named: {},
    },
    options,
  );
  return { ...standin, spans: () => received };
}

const PROTOBUF = 'application/x-protobuf';

function take(call: Call, received: ReceivedSpan[]): Reply {
  const type = call.headers['content-type'] ?? '';
  const isJson = type.startsWith('application/json');
  const isProtobuf = type === PROTOBUF;
  const given = isProtobuf ? exportedTraces(call.body) : call.json;
  const spans = listOf(given, 'resourceSpans').flatMap((ofResource) => {
    const service = String(attributesOf(field(ofResource, 'resource'))['service.name'] ?? '');
    return listOf(ofResource, 'scopeSpans').flatMap((ofScope) =>
      listOf(ofScope, 'spans').map((span) => spanOf(span, service)),
    );
  });
  const problem =
    isJson || isProtobuf
      ? spans.map(problemOf).find((one) => one !== undefined)
      : 'neither JSON nor protobuf';
  if (problem !== undefined || spans.length === 0)
    return json(400, { code: 3, message: problem ?? 'no spans' });
  received.push(...spans);
  // An answer without a partial success is an empty message.
  if (isProtobuf) return { status: 200, headers: { 'content-type': PROTOBUF }, body: '' };
  return json(200, { partialSuccess: {} });
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

function attributesOf(value: unknown): Readonly<Record<string, unknown>> {
  const entries = listOf(value, 'attributes').map((attribute): readonly [string, unknown] => {
    const given = field(attribute, 'value');
    return [textField(attribute, 'key') ?? '', isObject(given) ? Object.values(given)[0] : undefined];
  });
  return Object.fromEntries(entries);
}

/** Nanoseconds, as text because they are beyond what a number holds. */
const milliseconds = (span: unknown, name: string) => {
  const nanos = textField(span, name) ?? '';
  return /^\d{1,20}$/.test(nanos) ? Number(BigInt(nanos) / 1_000n) / 1_000 : NaN;
};

function spanOf(span: unknown, service: string): ReceivedSpan {
  const status = field(span, 'status');
  const code = field(status, 'code');
  return {
    traceId: textField(span, 'traceId') ?? '',
    spanId: textField(span, 'spanId') ?? '',
    parentId: textField(span, 'parentSpanId') ?? '',
    name: textField(span, 'name') ?? '',
    startMs: milliseconds(span, 'startTimeUnixNano'),
    endMs: milliseconds(span, 'endTimeUnixNano'),
    statusCode: typeof code === 'number' ? code : 0,
    statusMessage: textField(status, 'message') ?? '',
    attributes: attributesOf(span),
    service,
  };
}

function problemOf({ traceId, spanId, parentId, name, startMs, endMs }: ReceivedSpan): string | undefined {
  if (!/^(?!0+$)[0-9a-f]{32}$/.test(traceId)) return 'a trace id is not 32 hexadecimal digits';
  if (!/^(?!0+$)[0-9a-f]{16}$/.test(spanId)) return 'a span id is not 16 hexadecimal digits';
  if (!/^([0-9a-f]{16})?$/.test(parentId)) return 'a parent is not 16 hexadecimal digits';
  if (name === '') return 'a span has no name';
  return startMs <= endMs ? undefined : 'a span ends before it starts';
}
