import type { CheckKind, CheckOf } from '@sophia/core/config/check-schemas';
import type { Config } from '@sophia/core/config/parse-config';
import type { ProbeResult } from '@sophia/core/gate/outcome';

import type { Variables } from '../host/host.ts';
import type { Session } from '../host/session.ts';
import type { Http } from '../http/request.ts';

/** What a probe may use. */
export interface ProbeContext {
  readonly session: Session;
  readonly config: Config<'checks' | 'gate' | 'secrets' | 'mcp'>;
  /** What keys and addresses are read from. */
  readonly variables: Variables;
  readonly http: Http;
  /** Aborted when the attempt has run out of time; who ignores it is left behind. */
  readonly signal: AbortSignal;
  /** What is left for this attempt. */
  readonly timeoutMs: number;
}

/** A kind of check. */
export interface CheckProbe<K extends CheckKind> {
  /** Whom it asks: a URL or `host:port`, for messages and to fold checks of one host; undefined where nobody. */
  target(check: CheckOf<K>, variables: Variables): string | undefined;
  /** Asks once. A failure is a value; it neither retries nor waits for longer than the context allows. */
  probe(check: CheckOf<K>, context: ProbeContext): Promise<ProbeResult>;
}
