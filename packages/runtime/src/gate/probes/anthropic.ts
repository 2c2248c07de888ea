import Anthropic from '@anthropic-ai/sdk';
import { failed } from '@sophia/core/gate/outcome';

import type { Variables } from '../../host/host.ts';
import { guardedFetch } from '../../http/guarded-fetch.ts';
import { badUrl } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { judgeModels, judgeWord, noModel } from '../models-answer.ts';
import { sdkFailure } from '../service-failure.ts';

/** The SDK adds `/v1` itself, so one at the end of the variable is taken away. */
function address(check: { 'base-url'?: string | undefined }, variables: Variables): string {
  const base = baseUrl(check['base-url'], variables['ANTHROPIC_BASE_URL'], 'https://api.anthropic.com');
  return base.replace(/\/v1$/, '');
}

/**
 * `GET /v1/models?limit=1`, or `/v1/models/{model}`: free, and needs a valid key. `deep`: `POST /v1/messages`, one token
 * of the model, for fractions of a cent.
 */
export const anthropic: CheckProbe<'anthropic'> = {
  target: address,
  async probe(check, context) {
    const key = readCredential(context, check['api-key'], 'ANTHROPIC_API_KEY');
    if ('fault' in key) return failed(key.fault, { missing: [key.missing] });
    const baseURL = address(check, context.variables);
    if (!URL.canParse(baseURL)) return failed(badUrl(baseURL));
    if (check.deep && check.model === undefined) return failed(noModel);
    const exchange = guardedFetch(context.http, context.signal);
    const client = new Anthropic({
      apiKey: key.value,
      authToken: null,
      baseURL,
      maxRetries: 0,
      timeout: context.timeoutMs,
      fetch: exchange.fetch,
      logLevel: 'off',
    });
    try {
      await (check.model === undefined
        ? client.models.list({ limit: 1 })
        : check.deep
          ? client.messages.create({
              ...{ model: check.model, max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] },
            })
          : client.models.retrieve(check.model));
      if (check.deep) return judgeWord(check.model ?? '', exchange, 'Anthropic');
      return judgeModels(check.model, exchange, 'Anthropic');
    } catch {
      return sdkFailure('anthropic', exchange, context.session.host.clock.nowMs());
    }
  },
};
