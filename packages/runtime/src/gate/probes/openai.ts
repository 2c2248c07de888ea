import { failed, passed } from '@sophia/core/gate/outcome';
import OpenAI from 'openai';

import { guardedFetch } from '../../http/guarded-fetch.ts';
import type { Variables } from '../../host/host.ts';
import { badUrl } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { passedOrLow } from '../rate-limits.ts';
import { sdkFailure, unreadable } from '../service-failure.ts';

/** The SDK's base URL ends in `/v1`; the variable may or may not (contract, section 4). */
function address(check: { 'base-url'?: string | undefined }, variables: Variables): string {
  const base = baseUrl(check['base-url'], variables['OPENAI_BASE_URL'], 'https://api.openai.com/v1');
  return base.endsWith('/v1') ? base : `${base}/v1`;
}

/** `GET /v1/models`, or `/v1/models/{model}`: free, and needs a valid key. */
export const openai: CheckProbe<'openai'> = {
  target: address,
  async probe(check, context) {
    const key = readCredential(context, check['api-key'], 'OPENAI_API_KEY');
    if ('fault' in key) return failed(key.fault, { missing: [key.missing] });
    const baseURL = address(check, context.variables);
    if (!URL.canParse(baseURL)) return failed(badUrl(baseURL));
    const exchange = guardedFetch(context.http, context.signal);
    const client = new OpenAI({
      apiKey: key.value,
      baseURL,
      organization: context.variables['OPENAI_ORG_ID'] ?? null,
      project: context.variables['OPENAI_PROJECT_ID'] ?? null,
      maxRetries: 0,
      timeout: context.timeoutMs,
      fetch: exchange.fetch,
      logLevel: 'off',
    });
    try {
      const message = check.model === undefined ? await listing(client) : await lookup(client, check.model);
      const answer = exchange.answer();
      if (message === undefined || answer === undefined) return failed(unreadable('OpenAI'));
      return passedOrLow(passed(message, { phases: answer.phases }), answer.headers);
    } catch {
      return sdkFailure('openai', exchange, context.session.host.clock.nowMs());
    }
  },
};

async function listing(client: OpenAI): Promise<string | undefined> {
  const { data } = (await client.models.list()) as { data?: unknown };
  return Array.isArray(data) ? `the key is valid: ${data.length} models` : undefined;
}

async function lookup(client: OpenAI, model: string): Promise<string | undefined> {
  const found = (await client.models.retrieve(model)) as { id?: unknown };
  return typeof found.id === 'string' ? `the key is valid, and ${model} exists` : undefined;
}
