import { decimal, double, hex, integer, message, readMessage, string } from './protobuf.ts';
import type { MessageShape } from './protobuf.ts';

// Numbers of fields as in opentelemetry-proto 1.x: trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto.
const anyValue: MessageShape = {
  1: { name: 'stringValue', read: string },
  2: { name: 'boolValue', read: (value) => integer(value) === 1 },
  3: { name: 'intValue', read: integer },
  4: { name: 'doubleValue', read: double },
};
const keyValue: MessageShape = {
  1: { name: 'key', read: string },
  2: { name: 'value', read: message(() => anyValue) },
};
const status: MessageShape = { 2: { name: 'message', read: string }, 3: { name: 'code', read: integer } };
const attributes = { name: 'attributes', many: true, read: message(() => keyValue) };
const span: MessageShape = {
  1: { name: 'traceId', read: hex },
  2: { name: 'spanId', read: hex },
  4: { name: 'parentSpanId', read: hex },
  5: { name: 'name', read: string },
  7: { name: 'startTimeUnixNano', read: decimal },
  8: { name: 'endTimeUnixNano', read: decimal },
  9: attributes,
  15: { name: 'status', read: message(() => status) },
};
const scopeSpans: MessageShape = { 2: { name: 'spans', many: true, read: message(() => span) } };
const resource: MessageShape = { 1: attributes };
const resourceSpans: MessageShape = {
  1: { name: 'resource', read: message(() => resource) },
  2: { name: 'scopeSpans', many: true, read: message(() => scopeSpans) },
};
const request: MessageShape = {
  1: { name: 'resourceSpans', many: true, read: message(() => resourceSpans) },
};

/** An export of traces in protobuf, in the shape that the same has in JSON; undefined where it is none. */
export function exportedTraces(body: Uint8Array): unknown {
  try {
    return readMessage(body, request);
  } catch {
    return undefined;
  }
}
