import type { Fault } from '@sophia/core/gate/outcome';
import { transportFault } from '@sophia/core/gate/transport-faults';

import { forbiddenTarget } from './address-guard.ts';
import { ForbiddenAddress } from './resolver.ts';

/** Longer chains of causes than this are a loop. */
const DEEPEST_CAUSE = 8;

/** An error, what caused it, and of several (one an address that was tried) the first. */
function* chainOf(error: unknown): Generator<Error> {
  let link: unknown = error;
  for (let depth = 0; link instanceof Error && depth < DEEPEST_CAUSE; depth += 1) {
    yield link;
    link = link.cause ?? (link instanceof AggregateError ? (link.errors as unknown[])[0] : undefined);
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
    const code = (link as NodeJS.ErrnoException).code;
    const fault = typeof code === 'string' ? transportFault(code) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
