import { failed, passed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';

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
