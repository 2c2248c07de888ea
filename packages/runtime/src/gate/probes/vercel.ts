import { failed, passed, warned } from '@sophia/core/gate/outcome';

import type { Variables } from '../../host/host.ts';
import { callApi } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { unreadable } from '../service-failure.ts';

const address = (check: { 'api-url'?: string | undefined }, variables: Variables) =>
  baseUrl(check['api-url'], variables['VERCEL_API_URL'], 'https://api.vercel.com');

const DAY_MS = 86_400_000;
/** A token that ends sooner than this is a warning: time enough to make a new one. */
const NEAR_END_DAYS = 14;

/** `GET /v5/user/tokens/current` and `/v2/user`: free. */
export const vercel: CheckProbe<'vercel'> = {
  target: address,
  async probe(check, context) {
    const token = readCredential(context, check.token, 'VERCEL_TOKEN');
    if ('fault' in token) return failed(token.fault, { missing: [token.missing] });
    const base = address(check, context.variables);
    const headers = { authorization: `Bearer ${token.value}` };
    const ask = (path: string) =>
      callApi({ service: 'vercel', url: `${base}${path}`, headers, codeOf }, context);
    const current = await ask('/v5/user/tokens/current');
    if ('failure' in current) return current.failure;
    const user = await ask('/v2/user');
    if ('failure' in user) return user.failure;
    const name = (user.body as { user?: { username?: unknown } }).user?.username;
    if (typeof name !== 'string') return failed(unreadable('Vercel'));
    const expiresAt = (current.body as { token?: { expiresAt?: unknown } }).token?.expiresAt;
    const details = { phases: user.answer.phases };
    if (typeof expiresAt !== 'number')
      return passed(`the token of ${name} is valid, without an end`, details);
    const days = Math.floor((expiresAt - context.session.host.clock.nowMs()) / DAY_MS);
    const message = `the token of ${name} is valid until ${new Date(expiresAt).toISOString().slice(0, 10)}, ${days} days`;
    const hint = 'make a new one at https://vercel.com/account/settings/tokens and store it in VERCEL_TOKEN';
    if (days < NEAR_END_DAYS)
      return warned({ category: 'unauthorized', message, hint }, { ...details, days });
    return passed(message, { ...details, days });
  },
};

/** Vercel answers a wrong token with 403 and a flag, where others answer 401. */
function codeOf(body: unknown): string | undefined {
  const error = (body as { error?: { invalidToken?: unknown; missingToken?: unknown } } | undefined)?.error;
  return error?.invalidToken === true || error?.missingToken === true ? 'invalid-token' : undefined;
}
