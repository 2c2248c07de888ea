/** The escapes under which the real runner looks for a secret too (its ValueEncoders). */
const encoders: readonly ((value: string) => string)[] = [
  (value) => base64From(value, 0),
  (value) => base64From(value, 1),
  (value) => base64From(value, 2),
  (value) => value.replaceAll('"', '\\"'),
  (value) => value.replaceAll("'", "''"),
  (value) => JSON.stringify(value).slice(1, -1),
  escapeUri,
  escapeXml,
  trimQuotes,
];

/** A secret in base64 looks different by where it begins among groups of three bytes. */
function base64From(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
}

/** .NET's Uri.EscapeDataString also escapes what encodeURIComponent leaves. */
function escapeUri(value: string): string {
  const wellFormed = Buffer.from(value, 'utf8').toString('utf8'); // a lone surrogate would throw
  return encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function escapeXml(value: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return value.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** Only long quoted values: the runner's limit. */
const MIN_QUOTED = 8;

function trimQuotes(value: string): string {
  const quoted = value.length > MIN_QUOTED && value.startsWith('"') && value.endsWith('"');
  return quoted ? value.slice(1, -1) : '';
}

const REPLACEMENT = '***';

interface Range {
  start: number;
  end: number;
}

/**
 * Hides secrets in text as the real runner does: the value, each of its lines, and the usual escapes of both.
 * A secret of one character ruins the log, there as here.
 */
export class Masks {
  private readonly needles = new Set<string>();
  private quick: RegExp | undefined;

  /** Registers a secret and, if it has several, each of its lines. */
  add(value: string): void {
    if (value.trim() === '') return;
    const lines = value.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    for (const secret of new Set([value, ...lines])) {
      this.needles.add(secret);
      for (const encode of encoders) {
        const needle = encode(secret);
        if (needle !== '') this.needles.add(needle);
      }
    }
    this.quick = undefined;
  }

  /** @returns the text with every secret as `***`; secrets that overlap are hidden as one. */
  apply(text: string): string {
    if (this.needles.size === 0) return text;
    this.quick ??= new RegExp([...this.needles].map(escapeRegExp).join('|'));
    if (!this.quick.test(text)) return text;
    let result = '';
    let position = 0;
    for (const range of this.rangesIn(text)) {
      result += text.slice(position, range.start) + REPLACEMENT;
      position = range.end;
    }
    return result + text.slice(position);
  }

  private rangesIn(text: string): Range[] {
    const found: Range[] = [];
    for (const needle of this.needles) {
      for (let start = text.indexOf(needle); start >= 0; start = text.indexOf(needle, start + 1)) {
        found.push({ start, end: start + needle.length });
      }
    }
    found.sort((a, b) => a.start - b.start);
    const merged: Range[] = [];
    for (const range of found) {
      const last = merged.at(-1);
      if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
      else merged.push({ ...range });
    }
    return merged;
  }
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
