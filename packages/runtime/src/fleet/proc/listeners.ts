import { readdirSync, readlinkSync } from 'node:fs';

import { hasProc, listPids } from './process-table.ts';
import { LISTEN, readListening } from './socket-table.ts';
import type { Families } from './socket-table.ts';

/** A listening TCP socket. */
export interface Listener {
  readonly port: number;
  /** `loopback`: only this machine reaches it. */
  readonly reach: 'loopback' | 'every-interface';
  readonly inode: string;
}

/** @returns every listening TCP socket of this machine; none without `/proc`. */
export function listListeners(families: Families = 'both'): readonly Listener[] {
  if (!hasProc) return [];
  return readListening(families).flatMap(parseLine);
}

function parseLine(line: string): Listener[] {
  const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
  const [address = '', port = ''] = local.split(':');
  if (state !== LISTEN) return [];
  return [
    { port: Number.parseInt(port, 16), reach: isLoopback(address) ? 'loopback' : 'every-interface', inode },
  ];
}

/** Addresses stand there as words in the machine's byte order: 127.0.0.1 is 0100007F on a little-endian one. */
function isLoopback(hex: string): boolean {
  if (hex.length === 8) return hex.endsWith('7F');
  return hex === '00000000000000000000000001000000' || /^0{16}FFFF0000.{6}7F$/.test(hex);
}

/** @returns the inodes of the sockets that these processes hold. */
export function socketInodes(pids: readonly number[]): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const target of openFiles(pid)) {
      const match = /^socket:\[(\d+)\]$/.exec(target);
      if (match?.[1] !== undefined) inodes.add(match[1]);
    }
  }
  return inodes;
}

function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => readLink(`${folder}/${name}`));
  } catch {
    // Gone, or somebody else's.
    return [];
  }
}

function readLink(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

/** @returns the process that listens on a port, as far as this user may see it. */
export function findOwner(port: number): number | undefined {
  const inodes = new Set(
    listListeners()
      .filter((listener) => listener.port === port)
      .map(({ inode }) => inode),
  );
  if (inodes.size === 0) return undefined;
  return listPids().find((pid) => [...socketInodes([pid])].some((inode) => inodes.has(inode)));
}
