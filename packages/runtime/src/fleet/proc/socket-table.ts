import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** `TCP_LISTEN` (include/net/tcp_states.h). */
export const LISTEN = '0A';
/** Old kernels list connections that are being accepted between the listeners. */
const SYN_RECEIVED = '03';

/**
 * The kernel works line by line only while the reader's buffer has room (`seq_read_iter`): a small one keeps it from
 * walking on.
 */
const FEW_LINES = 256;

/** How many bytes of listeners each table had when it was read last: so many can be read at once. */
const lastSizes = new Map<string, number>();

/** Undefined until a whole table has been seen. */
let listenersComeFirst: boolean | undefined;

/**
 * The lines of listening TCP sockets, and perhaps a few others. Linux lists listeners first (net/ipv4/tcp_ipv4.c,
 * `tcp_seq_start`), so that reading ends there: the rest, one walk through the kernel's whole table of connections,
 * takes 6 ms. Where another system has another order, everything is read.
 *
 * @returns none where there is no such table
 */
export function readListening(): readonly string[] {
  const tables = hasVersion6() ? ['/proc/net/tcp', '/proc/net/tcp6'] : ['/proc/net/tcp'];
  try {
    if (listenersComeFirst !== true) return tables.flatMap(readWhole);
    return tables.flatMap(readFirst);
  } catch {
    return [];
  }
}

/** A table without a socket is walked to its end all the same; this count is there at once. */
function hasVersion6(): boolean {
  try {
    return !/^TCP6: inuse 0$/m.test(readFileSync('/proc/net/sockstat6', 'utf8'));
  } catch {
    return true;
  }
}

const stateOf = (line: string) => line.trim().split(/\s+/, 4)[3] ?? '';
const endsListeners = (line: string) => ![LISTEN, SYN_RECEIVED, ''].includes(stateOf(line));

function readWhole(path: string): readonly string[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(1);
  const end = lines.findIndex(endsListeners);
  const isInOrder = end === -1 || lines.slice(end).every((line) => stateOf(line) !== LISTEN);
  listenersComeFirst = isInOrder && listenersComeFirst !== false;
  return lines;
}

function readFirst(path: string): readonly string[] {
  const file = openSync(path, 'r');
  try {
    const lastSize = lastSizes.get(path) ?? 0;
    const buffer = Buffer.alloc(Math.max(FEW_LINES, lastSize));
    const lines: string[] = [];
    let rest = '';
    let bytes = 0;
    for (;;) {
      const size = readSync(file, buffer, 0, Math.max(FEW_LINES, lastSize - bytes), null);
      if (size === 0) break;
      bytes += size;
      const pieces = (rest + buffer.toString('latin1', 0, size)).split('\n');
      rest = pieces.pop() ?? '';
      lines.push(...pieces);
      if (pieces.some((line) => /^\s*\d/.test(line) && endsListeners(line))) break;
    }
    lastSizes.set(path, Math.max(0, bytes - FEW_LINES));
    return lines.slice(1);
  } finally {
    closeSync(file);
  }
}
