import { lookup } from 'node:dns';
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { isForbiddenAddress } from './address-guard.ts';

type LookupAll = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Thrown into a socket whose name leads to a forbidden address; it ends as a fault, see `socket-fault.ts`. */
export class ForbiddenAddress extends Error {
  readonly code = 'SOPHIA_FORBIDDEN_ADDRESS';
  readonly host: string;
  readonly address: string;

  constructor(host: string, address: string) {
    super(`${host} leads to ${address}`);
    this.host = host;
    this.address = address;
  }
}

/**
 * A lookup for sockets that refuses forbidden addresses. The socket connects to exactly the addresses that were
 * judged: a name whose answer changes between two lookups (DNS rebinding) gains nothing. One forbidden address among
 * several refuses the name, since which one a socket takes is chance.
 */
export function guardedLookup(resolve: LookupAll = lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const forbidden = addresses.find(({ address }) => isForbiddenAddress(address));
      if (forbidden !== undefined) return callback(new ForbiddenAddress(host, forbidden.address), '', 0);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      if (first === undefined) return callback(noAddress(host), '', 0);
      callback(null, first.address, first.family);
    });
  };
}

const noAddress = (host: string) => Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' });

/** Names under which clouds serve metadata to their machines; they lead to a link-local address, if anywhere. */
const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/**
 * Judges a host as it is written: sockets do not look up what is an address already, and a proxy resolves names where
 * nobody sees it. @throws ForbiddenAddress
 */
export function refuseForbiddenLiteral(host: string): void {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (METADATA_NAMES.has(bare.toLowerCase())) throw new ForbiddenAddress(bare, bare);
  if (isIP(bare) !== 0 && isForbiddenAddress(bare)) throw new ForbiddenAddress(bare, bare);
}

/** Where a proxy resolves, the name may be unknown here: nobody waits long for that. */
const LOCAL_ANSWER_MS = 1_000;

/**
 * Judges a name that a proxy will resolve by what it is here; one that is not known here goes to the proxy.
 *
 * @throws ForbiddenAddress
 */
export async function judgeBehindProxy(host: string, resolve: LookupAll = lookup): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, LOCAL_ANSWER_MS);
  });
  const judged = resolveGuarded(host, resolve).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ForbiddenAddress) throw error;
    },
  );
  await Promise.race([judged, late]).finally(() => clearTimeout(timer));
}

/** @returns every address of a name. @throws the resolver's error, or ForbiddenAddress */
export function resolveGuarded(host: string, resolve: LookupAll = lookup): Promise<readonly LookupAddress[]> {
  refuseForbiddenLiteral(host);
  return new Promise((found, failed) => {
    guardedLookup(resolve)(host, { all: true }, (error, addresses) => {
      if (error !== null) failed(error);
      else found(addresses as LookupAddress[]);
    });
  });
}
