import { harmless } from '../terminal-log.ts';

/** Keeps what others write from tearing a picture. */
export interface StreamGuard {
  /** From now on what is written to the terminal is kept until a line of it is whole. */
  begin(): void;
  /** Ends the guard; what is no whole line yet is written as it is. */
  end(): void;
  /** Writes of this function go through. */
  bypass(write: () => void): void;
}

/**
 * A warning of Node or a library that prints would land in the middle of a picture; its lines belong above it. Streams
 * that are no terminal are left alone: they show no picture.
 *
 * @param onText gets whole lines, harmless
 */
export function guardStreams(
  streams: readonly NodeJS.WriteStream[],
  onText: (lines: string) => void,
): StreamGuard {
  let bypassed = 0;
  let rest = '';
  const guarded = streams.filter((stream) => stream.isTTY);
  const bypass = (write: () => void) => {
    bypassed += 1;
    try {
      write();
    } finally {
      bypassed -= 1;
    }
  };
  const take = (chunk: string | Uint8Array) => {
    const text = rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const whole = text.lastIndexOf('\n') + 1;
    rest = text.slice(whole);
    if (whole > 0) onText(harmless(text.slice(0, whole)));
  };
  return {
    bypass,
    begin() {
      for (const stream of guarded) {
        const through = stream.write.bind(stream) as (...args: unknown[]) => boolean;
        const write = (...args: [string | Uint8Array, ...unknown[]]): boolean => {
          if (bypassed > 0) return through(...args);
          take(args[0]);
          const written = args.find((argument) => typeof argument === 'function');
          if (written !== undefined) process.nextTick(written);
          return true;
        };
        Object.defineProperty(stream, 'write', { value: write, configurable: true, writable: true });
      }
    },
    end() {
      for (const stream of guarded) Reflect.deleteProperty(stream, 'write');
      if (rest !== '') guarded[0]?.write(`${harmless(rest)}\n`);
      rest = '';
    },
  };
}
