import { findStretches, MaskScanner, prepareMasks, type Stretch } from './mask-scanner.ts';

/** What stands for a secret. */
export const REDACTED = '***';

/** Redacts a text that arrives in pieces. */
export interface StreamRedactor {
  /** @returns what can be shown so far: everything that cannot be part of a mask. */
  push(chunk: string): string;
  /** @returns the rest. Nothing may be pushed afterwards. */
  end(): string;
}

/**
 * Makes the function that every sink sends its text through. It replaces each stretch of the text that masks
 * cover by `***`; masks that overlap are one stretch, so that no end of any of them stays visible. The time
 * grows with the text alone: some ten milliseconds a megabyte.
 *
 * @param masks what must not be seen, such as {@link import('./masks.ts').maskedForms} gives; empty ones are
 *   ignored
 */
export function createRedactor(masks: Iterable<string>): (text: string) => string {
  const prepared = prepareMasks(masks);
  if (prepared.isEmpty) return (text) => text;
  return (text) => replace(text, findStretches(prepared, text));
}

/**
 * Makes a redactor for output that arrives in chunks. A mask that is split over any number of chunks is found
 * all the same; what it shows in the end is what {@link createRedactor} would show of the whole.
 */
export function createStreamRedactor(masks: Iterable<string>): StreamRedactor {
  const scanner = new MaskScanner(prepareMasks(masks));
  let held = '';
  let heldFrom = 0;
  const release = (limit: number) => {
    const open = scanner.stretches.findIndex((stretch) => stretch.end > limit);
    const done = scanner.stretches.splice(0, open === -1 ? scanner.stretches.length : open);
    // A stretch that reaches into what is undecided may grow: all of it waits.
    const cut = Math.min(limit, scanner.stretches[0]?.start ?? limit) - heldFrom;
    const shown = replace(held.slice(0, cut), done, heldFrom);
    held = held.slice(cut);
    heldFrom += cut;
    return shown;
  };
  return {
    push(chunk) {
      held += chunk;
      scanner.feed(chunk);
      return release(scanner.decided);
    },
    end: () => release(heldFrom + held.length),
  };
}

function replace(text: string, stretches: readonly Stretch[], offset = 0): string {
  let shown = '';
  let from = 0;
  for (const { start, end } of stretches) {
    shown += text.slice(from, start - offset) + REDACTED;
    from = end - offset;
  }
  return shown + text.slice(from);
}
