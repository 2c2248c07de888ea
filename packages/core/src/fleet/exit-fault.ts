import type { ServerFault } from './server-status.ts';

/** How a server's process ended. */
export interface ProcessExit {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** True where this process had been ready. */
  readonly wasReady: boolean;
  /** The last lines that it wrote, redacted; untrusted. */
  readonly tail: readonly string[];
}

/** Words with which servers say that they were not configured; starting them again would change nothing. */
const UNCONFIGURED =
  /(?:environment variable|env(?:ironment)? var|api[ _-]?key|access[ _-]?token|credential|configuration|\b[A-Z][A-Z0-9]*_(?:KEY|TOKEN|SECRET|URL|ID|PASSWORD)\b).{0,80}(?:required|missing|not (?:set|provided|found|configured|defined)|must be|undefined)|(?:missing|required|set|provide|no).{0,60}(?:environment variable|api[ _-]?key|access[ _-]?token|credential|\b[A-Z][A-Z0-9]*_(?:KEY|TOKEN|SECRET|URL|ID|PASSWORD)\b)|usage:/i;
/** A crash ends with a stack and a brace; the line that says what happened stands above them. */
const ERROR_LINE = /\b\w*(?:Error|Exception)\b.*:|^\s*(?:error|fatal|panic)\b/i;
const LONGEST_QUOTE = 160;

/** @returns why it ended, and whether it makes sense to start it again. */
export function exitFault(exit: ProcessExit): { readonly fault: ServerFault; readonly again: boolean } {
  const how = exit.signal === null ? `exit code ${exit.code ?? 0}` : exit.signal;
  const when = exit.wasReady ? '' : ' before it was ready';
  const telling = exit.tail.find((line) => UNCONFIGURED.test(line));
  if (!exit.wasReady && exit.code !== null && exit.code !== 0 && telling !== undefined) {
    const fault: ServerFault = {
      category: 'configuration',
      message: `ended with ${how}${when}: ${quote(telling)}`,
      hint: 'give it what it asks for, under env, secrets or in its command; it is not started again',
    };
    return { fault, again: false };
  }
  const last =
    exit.tail.findLast((line) => ERROR_LINE.test(line)) ?? exit.tail.findLast((line) => /\w/.test(line));
  const fault: ServerFault = {
    category: 'server-error',
    message: `ended with ${how}${when}${last === undefined ? '' : `: ${quote(last)}`}`,
    hint: hintFor(exit),
  };
  return { fault, again: true };
}

const quote = (line: string) =>
  `"${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}...` : line}"`;

function hintFor({ code, signal, wasReady, tail }: ProcessExit): string {
  if (tail.some((line) => line.includes('EADDRINUSE')))
    return 'its port is taken: give it another, or end what holds it';
  if (signal === 'SIGKILL') return 'something killed it: often the kernel, for want of memory';
  if (code === 0 && !wasReady)
    return 'a server must stay in the foreground: take a --daemon or the like out of its command';
  return 'look into its log: `sophia mcp logs`, or run its command by hand';
}
