import type { EventBody } from '@sophia/core/deploy/event';

import type { Redaction } from '../ports/redaction.ts';

/** The fields that hold text of programs and people; all others are ours, or parts of the plan. */
const FREE_TEXT = new Set(['message', 'outputs', 'run', 'actor']);

/**
 * @returns the event without any secret in its free text. It is done before the line is hashed, so that what is kept
 *   is what was hashed. A plan holds no secret: a deployment whose plan does is refused before it starts.
 */
export function redactEvent<E extends EventBody>(body: E, redaction: Redaction): E {
  const entries = Object.entries(body).map(([key, value]) => [
    key,
    FREE_TEXT.has(key) ? redactValue(value, redaction) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as E;
}

function redactValue(value: unknown, redaction: Redaction): unknown {
  if (typeof value === 'string') return redaction.redact(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, redactValue(part, redaction)]));
}
