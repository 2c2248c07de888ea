const MAGIC = 'escx';
const VERSION = 1;
const HEADER_LENGTH = 8;
const CHECKSUM_LENGTH = 4;
/** Magic, version, checksum and at least a word of content. */
const MIN_LENGTH = 16;

/**
 * Opens the envelope that Pulumi ESC puts around ciphertext: base64 of `escx`, a version, the ciphertext and a
 * CRC-32 of all before it; numbers are big-endian.
 *
 * @throws Error with a reason that holds none of the text.
 */
export function openEnvelope(envelope: string): Uint8Array {
  const bytes = decodeBase64(envelope);
  if (bytes.length < MIN_LENGTH) throw new Error('EOF');
  if (new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) !== MAGIC)
    throw new Error('invalid header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - CHECKSUM_LENGTH;
  if (view.getUint32(end) !== crc32(bytes.subarray(0, end))) throw new Error('invalid checksum');
  if (view.getUint32(MAGIC.length) !== VERSION) throw new Error('unsupported version');
  return bytes.subarray(HEADER_LENGTH, end);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes base64 with its padding (RFC 4648, section 4); line breaks are skipped, anything else is refused.
 *
 * @throws Error with the offset at most, not with the text.
 */
export function decodeBase64(text: string): Uint8Array {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (!BASE64.test(compact) || compact.length % 4 !== 0) {
    const offset = text.search(/[^A-Za-z0-9+/=\r\n]/);
    throw new Error(offset === -1 ? 'wrong length or padding' : `illegal character at offset ${offset}`);
  }
  return Uint8Array.from(Buffer.from(compact, 'base64'));
}

/** CRC-32 of IEEE 802.3, as in Go's crc32.IEEETable. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
