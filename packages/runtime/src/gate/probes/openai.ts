import { failed } from '@sophia/core/gate/outcome';
import OpenAI from 'openai';

import { guardedFetch } from '../../http/guarded-fetch.ts';
import type { Variables } from '../../host/host.ts';
import { badUrl } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { judgeModels, judgeWord, noModel } from '../models-answer.ts';
import { sdkFailure } from '../service-failure.ts';

/** The SDK's base URL ends in `/v1`; the variable may or may not (contract, section 4). */
function address(check: { 'base-url'?: string | undefined }, variables: Variables): string {
  const base = baseUrl(check['base-url'], variables['OPENAI_BASE_URL'], 'https://api.openai.com/v1');
  return base.endsWith('/v1') ? base : `${base}/v1`;
}

/** The least that the API takes (platform.openai.com/docs/api-reference/responses/create). */
const FEWEST_TOKENS = 16;

/**
 * `GET /v1/models`, or `/v1/models/{model}`: free, and needs a valid key. `deep`: `POST /v1/responses`, a word of the
 * model and nothing kept, for fractions of a cent.
 */
export const openai: CheckProbe<'openai'> = {
  target: address,
  async probe(check, context) {
    const key = readCredential(context, check['api-key'], 'OPENAI_API_KEY');
    if ('fault' in key) return failed(key.fault, { missing: [key.missing] });
    const baseURL = address(check, context.variables);
    if (!URL.canParse(baseURL)) return failed(badUrl(baseURL));
    if (check.deep && check.model === undefined) return failed(noModel);
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
      await (check.model === undefined
        ? client.models.list()
        : check.deep
          ? client.responses.create({
              ...{ model: check.model, input: 'Hi', max_output_tokens: FEWEST_TOKENS, store: false },
            })
          : client.models.retrieve(check.model));
      if (check.deep) return judgeWord(check.model ?? '', exchange, 'OpenAI');
      return judgeModels(check.model, exchange, 'OpenAI');
    } catch {
      return sdkFailure('openai', exchange, context.session.host.clock.nowMs());
    }
  },
};
