import { failed, passed } from '@sophia/core/gate/outcome';
import type { Fault, ProbeResult } from '@sophia/core/gate/outcome';

import type { Exchange } from '../http/guarded-fetch.ts';
import { passedOrLow } from './rate-limits.ts';
import { jsonOf, unreadable } from './service-failure.ts';

/**
 * Judges what was on the wire: the SDKs take a sign-in page with status 200 for an empty list of models.
 *
 * @param model undefined: models were listed
 * @param name the service's, for people
 */
export function judgeModels(model: string | undefined, exchange: Exchange, name: string): ProbeResult {
  const answer = exchange.answer();
  if (answer === undefined) return failed(unreadable(name));
  const body = (jsonOf(answer.body) ?? {}) as { data?: unknown; id?: unknown };
  const details = { phases: answer.phases };
  if (model === undefined && Array.isArray(body.data)) {
    return passedOrLow(passed('the key is valid: models can be listed', details), answer.headers);
  }
  if (model !== undefined && typeof body.id === 'string') {
    return passedOrLow(passed(`the key is valid, and ${model} exists`, details), answer.headers);
  }
  return failed(unreadable(name), details);
}

/** The fault of a check that is to have a model speak, and names none. */
export const noModel: Fault = {
  category: 'configuration',
  message: 'deep: true needs a model to ask',
  hint: 'name one in `model`; the cheapest will do',
};

/** Judges what a model said: a whole answer or one that was cut after its first tokens, both prove key and credit. */
export function judgeWord(model: string, exchange: Exchange, name: string): ProbeResult {
  const answer = exchange.answer();
  if (answer === undefined) return failed(unreadable(name));
  const { id, usage } = (jsonOf(answer.body) ?? {}) as {
    id?: unknown;
    usage?: { input_tokens?: unknown; output_tokens?: unknown };
  };
  const tokens = Number(usage?.input_tokens) + Number(usage?.output_tokens);
  const details = { phases: answer.phases, tokens };
  if (typeof id !== 'string' || !Number.isFinite(tokens))
    return failed(unreadable(name), { phases: answer.phases });
  const message = `the key is valid, and ${model} answers (${tokens} tokens used)`;
  return passedOrLow(passed(message, details), answer.headers);
}
