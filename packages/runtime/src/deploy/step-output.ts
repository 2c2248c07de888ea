import type { Host } from '../host/host.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { outputLines } from './output-lines.ts';

/** What of a program's output is shown, and what is kept in the log file; the rest is counted only. */
const MOST_SHOWN_CHARACTERS = 1_000_000;
const MOST_KEPT_CHARACTERS = 16_000_000;
const LONGEST_LAST_LINE = 200;
/** Of what is only counted, the end is remembered for the last line. */
const MOST_END_BYTES = 64_000;

/** Where a program's output goes. */
export interface StepOutput {
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  /** Ends the output. @returns the last line that was not empty, shortened, for messages */
  end(): string;
}

export interface StepOutputRequest {
  readonly host: Host;
  readonly log: DeploymentLog;
  /** Before each line. */
  readonly mark: string;
  /** Gets each line that is not empty as it comes. */
  readonly onLine: (line: string) => void;
  /** Lines that tell why a program failed: one of them is a better last line than any other. */
  readonly telling: RegExp | undefined;
}

/** Streams a program's output to the log, a line at a time, marked with its step. */
export function stepOutput({ host, log, mark: id, onLine: tell, telling }: StepOutputRequest): StepOutput {
  let kept = 0;
  let bytes = 0;
  let last = '';
  let told = '';
  const onLine = (line: string) => {
    const text = `${id} | ${line}`;
    kept += text.length;
    if (kept <= MOST_SHOWN_CHARACTERS) log.say('INFO', text);
    else log.note(text);
    if (line.trim() !== '') {
      last = line;
      tell(line);
    }
    if (telling?.test(line) === true) told = line;
  };
  const request = { forms: () => host.redaction.forms(), onLine };
  const streams = { stdout: outputLines(request), stderr: outputLines(request) };
  let end: Buffer = Buffer.alloc(0);
  const remember = (line: string) => {
    if (line.trim() !== '') last = line;
    if (telling?.test(line) === true) told = line;
  };
  return {
    write(stream, chunk) {
      bytes += chunk.length;
      if (kept < MOST_KEPT_CHARACTERS) streams[stream].write(chunk);
      else end = Buffer.concat([end, chunk]).subarray(-MOST_END_BYTES);
    },
    end() {
      if (kept < MOST_KEPT_CHARACTERS) for (const stream of Object.values(streams)) stream.end();
      const rest = outputLines({ ...request, onLine: remember });
      // Its first line may have lost its beginning, and with that the half of a secret.
      rest.write(end.subarray(end.indexOf('\n') + 1 || end.length));
      rest.end();
      if (kept > MOST_SHOWN_CHARACTERS) {
        const whole =
          kept < MOST_KEPT_CHARACTERS ? 'all of it is in the log file' : 'the log file holds its first 16 MB';
        log.say('WARNING', `${id} wrote ${bytes} bytes, of which the first megabyte is shown; ${whole}`);
      }
      return host.redaction
        .redact(told || last)
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, LONGEST_LAST_LINE);
    },
  };
}
