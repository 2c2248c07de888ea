import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is handed on in pieces: output without a newline must not fill the memory. */
const LONGEST_LINE = 16_384;

export interface OutputLinesRequest {
  /** Every form of every secret: no piece ends inside one, so that each can be found and hidden. */
  readonly forms: () => ReadonlySet<string>;
  readonly onLine: (line: string) => void;
}

/** @returns a sink for the bytes of one stream that hands on its lines; `end` hands on what is left. */
export function outputLines({ forms, onLine }: OutputLinesRequest): {
  write: (chunk: Buffer) => void;
  end: () => void;
} {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    while (rest.length > LONGEST_LINE) {
      const cut = cutOutside(rest, LONGEST_LINE, forms());
      onLine(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

/** @returns the last place up to `most` at which the text can be cut without cutting a form; `most` if there is none. */
function cutOutside(text: string, most: number, forms: ReadonlySet<string>): number {
  let cut = most;
  for (let moved = true; moved && cut > 0;) {
    const across = [...forms]
      .map((form) => startAcross(text, cut, form))
      .filter((start) => start !== undefined);
    moved = across.length > 0;
    if (moved) cut = Math.min(...across);
  }
  return cut > 0 ? cut : most;
}

/** @returns where a form, or as much of it as has come, begins before the cut and ends after it. */
function startAcross(text: string, cut: number, form: string): number | undefined {
  for (let start = Math.max(0, cut - form.length + 1); start < cut; start += 1) {
    if (form.startsWith(text.slice(start, Math.min(text.length, start + form.length)))) return start;
  }
  return undefined;
}
