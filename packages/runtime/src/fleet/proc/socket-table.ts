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

/** A table of the kernel, and where it says how many sockets are in it. */
interface Table {
  readonly path: string;
  readonly counts: string;
  /** One group: the sockets that listen or are connected; those in TIME-WAIT do not count. */
  readonly inUse: RegExp;
}
const VERSION_4: Table = { path: '/proc/net/tcp', counts: '/proc/net/sockstat', inUse: /^TCP: inuse (\d+)/m };
const VERSION_6: Table = {
  path: '/proc/net/tcp6',
  counts: '/proc/net/sockstat6',
  inUse: /^TCP6: inuse (\d+)/m,
};

/** IPv6's sockets too, which also listen for IPv4, or IPv4's alone. */
export type Families = 'both' | 'IPv4';

/**
 * The lines of listening TCP sockets, and perhaps a few others. Linux lists listeners first (net/ipv4/tcp_ipv4.c,
 * `tcp_seq_start`), so that reading ends there: the rest, one walk through the kernel's whole table of connections,
 * takes 2 to 6 ms. Where another system has another order, everything is read.
 *
 * @returns none where there is no such table
 */
export function readListening(families: Families = 'both'): readonly string[] {
  const tables = families === 'both' ? [VERSION_4, VERSION_6] : [VERSION_4];
  try {
    return tables.flatMap((table) => {
      // A table without a socket is walked to its end all the same; this count is there at once.
      const count = countOf(table);
      if (count === 0) return [];
      return listenersComeFirst === true ? readFirst(table.path, count) : readWhole(table.path);
    });
  } catch {
    return [];
  }
}

/** @returns infinity where that is not told */
function countOf({ counts, inUse }: Table): number {
  try {
    return Number(inUse.exec(readFileSync(counts, 'utf8'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
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

/** Reads until all `count` sockets were seen, or the first that does not listen: after those comes only the walk. */
function readFirst(path: string, count: number): readonly string[] {
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
      // The first line has the names of the columns.
      if (lines.length > count || pieces.some((line) => /^\s*\d/.test(line) && endsListeners(line))) break;
    }
    lastSizes.set(path, Math.max(0, bytes - FEW_LINES));
    return lines.slice(1);
  } finally {
    closeSync(file);
  }
}
