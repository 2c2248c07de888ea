import { isIPv4 } from 'node:net';

import type { Fault } from '@sophia/core/gate/outcome';

import { askTcp } from './ask-http.ts';
import { findFamily } from './proc/family.ts';
import type { FamilyQuery } from './proc/family.ts';
import { findOwner, listListeners, socketInodes } from './proc/listeners.ts';
import { hasProc, readCommandLine } from './proc/process-table.ts';

/** What the sockets of a server say. */
export interface Listening {
  readonly fault: Fault | undefined;
  readonly undeclaredPorts: readonly number[];
  readonly publicPorts: readonly number[];
  readonly ownershipProven: boolean;
}

const NOTHING = { undeclaredPorts: [], publicPorts: [], ownershipProven: hasProc };
const LONGEST_COMMAND = 60;

/** @returns who holds a port, for people: `pid 812 (node server.js)`. */
export function describeOwner(port: number): string {
  const owner = findOwner(port);
  if (owner === undefined) return 'a process of another user';
  const command = readCommandLine(owner);
  return `pid ${owner}${command === '' ? '' : ` (${command.slice(0, LONGEST_COMMAND)})`}`;
}

/** @returns that nobody listens where a server was expected. */
export const nothingListens = (port: number): Fault => ({
  category: 'refused',
  message: `nothing listens on port ${port}`,
  hint: 'it may need longer (ready-timeout), or listens elsewhere: it must take its port from PORT or its command',
});

/** A listener on this machine that takes so long to accept is there, and hangs. */
const ACCEPT_TIMEOUT_MS = 1_000;

/**
 * Asks by connecting whether nobody listens. A look into `/proc/net/tcp` takes 8 ms of a core, because the kernel
 * walks its whole table of sockets: too much to do every 25 ms while a server boots.
 *
 * @param signal ends the question early
 * @returns false where somebody listens, or where that is not clear
 */
export async function isRefused(
  address: { readonly host: string; readonly port: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.timeout(ACCEPT_TIMEOUT_MS);
  const fault = await askTcp(address, signal === undefined ? limit : AbortSignal.any([signal, limit]));
  return fault?.category === 'refused';
}

/** @returns the fault of a port that is in use before the server was started; undefined where it is free. */
export function portInUse(port: number | undefined): Fault | undefined {
  if (port === undefined || !listListeners().some((listener) => listener.port === port)) return undefined;
  return {
    category: 'configuration',
    message: `port ${port} is taken by ${describeOwner(port)}`,
    hint: 'end that process, or give the server another port (port-offset shifts the whole fleet)',
  };
}

/**
 * The usual case, and a cheap look: to ask an address of IPv4, what listens there is enough to know, and IPv6's table has
 * seldom a connection that would end the reading.
 *
 * @returns true where the root of a family alone holds every listener on the port
 */
export function rootListens({ host, port }: { host: string; port: number }, root: number): boolean {
  const listeners = listListeners(isIPv4(host) ? 'IPv4' : 'both');
  const onPort = listeners.filter((listener) => listener.port === port);
  if (onPort.length === 0) return false;
  const inodes = socketInodes([root]);
  return onPort.every(({ inode }) => inodes.has(inode));
}

/**
 * Proves that what listens on the server's port is the server: another process may hold the port, and every probe
 * would be green through it. Without `/proc` nothing is proven, and that is said.
 */
export function inspectListening(port: number | undefined, family: FamilyQuery): Listening {
  if (!hasProc) return { ...NOTHING, fault: undefined };
  const all = listListeners();
  const onPort = all.filter((listener) => listener.port === port);
  if (port !== undefined && onPort.length === 0) {
    return { ...NOTHING, fault: nothingListens(port) };
  }
  const inodes = socketInodes(findFamily(family).map(({ pid }) => pid));
  const own = all.filter(({ inode }) => inodes.has(inode));
  const foreign = onPort.find(({ inode }) => !inodes.has(inode));
  const undeclaredPorts = unique(
    own.filter((listener) => listener.port !== port).map((listener) => listener.port),
  );
  const publicPorts = unique(
    own.filter(({ reach }) => reach === 'every-interface').map((listener) => listener.port),
  );
  const fault: Fault | undefined =
    foreign === undefined || port === undefined
      ? undefined
      : {
          category: 'configuration',
          message: `port ${port} is not its own: ${describeOwner(port)} listens there`,
          hint: 'end that process, or give the server another port',
        };
  return { fault, undeclaredPorts, publicPorts, ownershipProven: true };
}

const unique = (ports: readonly number[]) => [...new Set(ports)].toSorted((a, b) => a - b);
