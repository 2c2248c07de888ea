import { warned } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';

type Headers = Readonly<Record<string, string>>;

/** OpenAI's names, and Anthropic's; both tell the requests that are left in the current window. */
const NAMES = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-limit-requests'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-limit'],
] as const;

/** Less than this share of the requests left is worth a warning. */
const LOW_SHARE = 0.05;

/** @returns the result, as a warning where the service says that its limit is nearly reached. */
export function passedOrLow(result: ProbeResult, headers: Headers): ProbeResult {
  for (const [remainingName, limitName] of NAMES) {
    const remaining = Number(headers[remainingName] ?? NaN);
    const limit = Number(headers[limitName] ?? NaN);
    if (!(remaining < limit * LOW_SHARE)) continue;
    const message = `the key is valid, but only ${remaining} of ${limit} requests are left in this window`;
    const hint = 'something else uses the limit up: run later, or ask for a higher limit';
    return warned({ category: 'rate-limited', message, hint }, { ...result.details, remaining, limit });
  }
  return result;
}
