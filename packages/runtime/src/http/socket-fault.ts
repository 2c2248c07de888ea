import type { Fault } from '@sophia/core/gate/outcome';
import { transportFault } from '@sophia/core/gate/transport-faults';

import { forbiddenTarget } from './address-guard.ts';
import { ProxyRefusal } from './proxy.ts';
import { ForbiddenAddress } from './resolver.ts';

/** Longer chains of causes than this are a loop. */
const DEEPEST_CAUSE = 8;

interface Link {
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** By shape, not by class: an error of another realm is an error too. */
const isLink = (value: unknown): value is Link => typeof value === 'object' && value !== null;

/** An error, what caused it, and of several (one an address that was tried) the first. */
function* chainOf(error: unknown): Generator<Link> {
  let link: unknown = error;
  for (let depth = 0; isLink(link) && depth < DEEPEST_CAUSE; depth += 1) {
    yield link;
    link = link.cause ?? (Array.isArray(link.errors) ? (link.errors as readonly unknown[])[0] : undefined);
  }
}

/**
 * Judges an error of a socket, a resolver, TLS or the HTTP parser by its code, never by its wording.
 *
 * @returns undefined where nothing in it is known
 */
export function socketFault(error: unknown): Fault | undefined {
  for (const link of chainOf(error)) {
    if (link instanceof ForbiddenAddress) return forbiddenTarget(link.host, link.address);
    if (link instanceof ProxyRefusal) return link.fault;
    const fault = typeof link.code === 'string' ? transportFault(link.code) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
