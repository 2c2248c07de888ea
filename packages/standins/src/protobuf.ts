/** Fields of a message by number: a name, how its bytes are read, and whether it comes several times. */
export type MessageShape = { readonly [field: number]: FieldShape };
type FieldShape = {
  readonly name: string;
  readonly many?: boolean;
  readonly read: (value: Uint8Array | bigint) => unknown;
};

const text = new TextDecoder('utf-8', { fatal: true });
const bytesOf = (value: Uint8Array | bigint): Uint8Array => {
  if (typeof value === 'bigint') throw new Error('a number where bytes belong');
  return value;
};
const numberOf = (value: Uint8Array | bigint): bigint => {
  if (typeof value !== 'bigint') throw new Error('bytes where a number belongs');
  return value;
};

export const string = (value: Uint8Array | bigint): string => text.decode(bytesOf(value));
export const hex = (value: Uint8Array | bigint): string => Buffer.from(bytesOf(value)).toString('hex');
/** As decimal text, as JSON has 64-bit numbers. */
export const decimal = (value: Uint8Array | bigint): string => String(numberOf(value));
export const integer = (value: Uint8Array | bigint): number => Number(numberOf(value));
export const double = (value: Uint8Array | bigint): number => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(numberOf(value));
  return buffer.readDoubleLE();
};
export const message =
  (shape: () => MessageShape) =>
  (value: Uint8Array | bigint): unknown =>
    readMessage(bytesOf(value), shape());

/** The wire types (protobuf.dev, "Encoding"): number, 64 bits, bytes, 32 bits. */
function readValue(
  wire: number,
  bytes: Uint8Array,
  at: number,
): { value: Uint8Array | bigint; next: number } {
  if (wire === 0) return readVarint(bytes, at);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (wire === 1) return { value: view.readBigUInt64LE(at), next: at + 8 };
  if (wire === 5) return { value: BigInt(view.readUInt32LE(at)), next: at + 4 };
  if (wire !== 2) throw new Error(`unknown wire type ${wire}`);
  const length = readVarint(bytes, at);
  const end = length.next + Number(length.value);
  if (end > bytes.length) throw new Error('the message ends early');
  return { value: bytes.subarray(length.next, end), next: end };
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new Error('the message ends early');
}

/** Reads a message into an object with the names of its shape; fields that the shape does not have are passed over. */
export function readMessage(bytes: Uint8Array, shape: MessageShape): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const { value, next } = readValue(Number(tag.value & 7n), bytes, tag.next);
    at = next;
    const field = shape[Number(tag.value >> 3n)];
    if (field === undefined) continue;
    const read = field.read(value);
    const before = found[field.name];
    found[field.name] = field.many === true ? [...(Array.isArray(before) ? before : []), read] : read;
  }
  return found;
}
