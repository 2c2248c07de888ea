import { SophiaError } from '@sophia/core/errors';
import type { ErrorCode } from '@sophia/core/errors';
import { transportFault } from '@sophia/core/gate/transport-faults';
import type { Category } from '@sophia/core/report/envelope';

import { socketFault } from '../http/socket-fault.ts';
import type { CloudFailure } from './cloud-failure.ts';

/** Which kinds of fault may pass, and what each is to a caller. */
const CODES: Partial<Record<Category, { readonly code: ErrorCode; readonly transient: boolean }>> = {
  dns: { code: 'unavailable', transient: true },
  refused: { code: 'unavailable', transient: true },
  timeout: { code: 'unavailable', transient: true },
  // Not "unavailable": whoever can present a false certificate must not be able to choose the fallback either.
  tls: { code: 'protocol', transient: false },
  configuration: { code: 'usage', transient: false },
  forbidden: { code: 'environment', transient: false },
};
const OTHERWISE = { code: 'protocol', transient: false } as const;

/** axios's own code for an answer that broke off in the middle, or grew beyond the limit. */
const BROKE_OFF = 'ERR_BAD_RESPONSE';

/**
 * Rebuilds an error of the HTTP client from its code alone. The original is dropped and is no `cause`: it holds the
 * request with its token.
 *
 * @param host whom we wanted to reach
 */
export function judgeTransport(error: unknown, host: string): CloudFailure {
  if (error instanceof SophiaError) return { error, transient: false };
  const fault = (codeOf(error) === BROKE_OFF ? brokenOff(error) : socketFault(error)) ?? {
    category: 'refused' as const,
    message: 'the request failed in a way that is not known',
    hint: 'run again; if it stays, check network and proxy',
  };
  const { code, transient } = CODES[fault.category] ?? OTHERWISE;
  const parts = { message: `Pulumi Cloud at ${host}: ${fault.message}`, hint: fault.hint };
  return { error: new SophiaError(code, parts), transient };
}

const codeOf = (error: unknown) => (error as { readonly code?: unknown } | null)?.code;

function brokenOff(error: unknown) {
  const isTooLarge = error instanceof Error && error.message.startsWith('maxContentLength');
  if (!isTooLarge) return transportFault('ECONNRESET');
  return {
    category: 'protocol' as const,
    message: 'the answer is larger than any environment',
    hint: 'check `cloud-url`: something else answers there',
  };
}
