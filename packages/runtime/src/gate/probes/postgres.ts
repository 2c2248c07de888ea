import { Socket } from 'node:net';

import { failed, passed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';
import { judgeAnswer } from '@sophia/core/gate/service-answers';
import pg from 'pg';

import { unknownSocketFault } from '../../http/connect.ts';
import { guardedLookup, refuseForbiddenLiteral } from '../../http/resolver.ts';
import { socketFault } from '../../http/socket-fault.ts';
import { badUrl } from '../api-call.ts';
import { decoded, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';

/** A socket that reaches no link-local or metadata address; `pg` connects it by port and host. */
class GuardedSocket extends Socket {
  override connect(...args: unknown[]): this {
    const [port, host] = args;
    if (typeof port !== 'number' || typeof host !== 'string') return super.connect(String(port));
    return super.connect({ port, host, lookup: guardedLookup() });
  }
}

/** One connection and `select 1`. */
export const postgres: CheckProbe<'postgres'> = {
  target: (check, variables) => check.url ?? variables['DATABASE_URL'],
  async probe(check, context) {
    const url = readCredential(context, check.url, 'DATABASE_URL');
    if ('fault' in url) return failed(url.fault, { missing: [url.missing] });
    if (!URL.canParse(url.value)) return failed(badUrl('DATABASE_URL'));
    const { hostname, password } = new URL(url.value);
    context.session.host.redaction.add(decoded(password));
    let client: pg.Client | undefined;
    try {
      refuseForbiddenLiteral(hostname);
      client = new pg.Client({
        connectionString: url.value,
        connectionTimeoutMillis: context.timeoutMs,
        query_timeout: context.timeoutMs,
        application_name: 'sophia-health-gate',
        stream: () => new GuardedSocket(),
      });
      // What happens to a connection that is no longer needed is of no interest.
      client.on('error', () => undefined);
      await client.connect();
      const { rows } = await client.query<{ version: string }>(
        "select 1, current_setting('server_version') as version",
      );
      return passed(`signed in, version ${rows[0]?.version ?? 'unknown'}`);
    } catch (error) {
      return judgeFailure(error);
    } finally {
      void client?.end().catch(() => undefined);
    }
  },
};

function judgeFailure(error: unknown): ProbeResult {
  const transport = socketFault(error);
  if (transport !== undefined) return failed(transport);
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return failed(judgeAnswer('postgres', { code }));
  return failed({ ...unknownSocketFault, message: 'what answers there is no PostgreSQL, or it hung up' });
}
