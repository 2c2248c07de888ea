import { Pinecone } from '@pinecone-database/pinecone';
import { failed, passed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';

import type { Variables } from '../../host/host.ts';
import { guardedFetch } from '../../http/guarded-fetch.ts';
import { badUrl } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { sdkFailure, unreadable } from '../service-failure.ts';

const address = (check: { host?: string | undefined }, variables: Variables) =>
  baseUrl(check.host, variables['PINECONE_CONTROLLER_HOST'], 'https://api.pinecone.io');

/** `GET /indexes`, or `/indexes/{index}`, at the control plane: free. The SDK has no time limit; the scheduler has. */
export const pinecone: CheckProbe<'pinecone'> = {
  target: address,
  async probe(check, context) {
    const key = readCredential(context, check['api-key'], 'PINECONE_API_KEY');
    if ('fault' in key) return failed(key.fault, { missing: [key.missing] });
    const controllerHostUrl = address(check, context.variables);
    if (!URL.canParse(controllerHostUrl)) return failed(badUrl(controllerHostUrl));
    const exchange = guardedFetch(context.http, context.signal);
    const client = new Pinecone({
      apiKey: key.value,
      controllerHostUrl,
      maxRetries: 0,
      fetchApi: exchange.fetch,
    });
    try {
      return check.index === undefined ? await listing(client) : await readiness(client, check.index);
    } catch {
      return sdkFailure('pinecone', exchange, context.session.host.clock.nowMs());
    }
  },
};

async function listing(client: Pinecone): Promise<ProbeResult> {
  const { indexes } = (await client.indexes.list()) as { indexes?: unknown };
  if (!Array.isArray(indexes)) return failed(unreadable('Pinecone'));
  return passed(`the key is valid: ${indexes.length} indexes`);
}

async function readiness(client: Pinecone, index: string): Promise<ProbeResult> {
  const { status } = (await client.indexes.describe(index)) as {
    status?: { ready?: boolean; state?: string };
  };
  if (status === undefined) return failed(unreadable('Pinecone'));
  const details = { index, state: status.state };
  if (status.ready === true) return passed(`the index ${index} is ready`, details);
  const message = `the index ${index} is not ready: ${status.state ?? 'unknown state'}`;
  return failed(
    { category: 'assertion', message, hint: 'wait until it is, or see https://app.pinecone.io' },
    details,
  );
}
