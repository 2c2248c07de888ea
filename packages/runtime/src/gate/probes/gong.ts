import { failed, passed } from '@sophia/core/gate/outcome';

import type { Variables } from '../../host/host.ts';
import { callApi } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { unreadable } from '../service-failure.ts';

const address = (check: { 'base-url'?: string | undefined }, variables: Variables) =>
  baseUrl(check['base-url'], variables['GONG_BASE_URL'], 'https://api.gong.io');

/** An OAuth token, or `ACCESS_KEY:ACCESS_KEY_SECRET` (help.gong.io, "Receive access to the API"). */
const authorization = (token: string) =>
  token.includes(':') ? `Basic ${Buffer.from(token).toString('base64')}` : `Bearer ${token}`;

/** `GET /v2/users`: one call of the 10,000 a day. */
export const gong: CheckProbe<'gong'> = {
  target: address,
  async probe(check, context) {
    const token = readCredential(context, check['access-token'], 'GONG_ACCESS_TOKEN');
    if ('fault' in token) return failed(token.fault, { missing: [token.missing] });
    const header = authorization(token.value);
    context.session.host.redaction.add(header);
    const url = `${address(check, context.variables)}/v2/users`;
    const result = await callApi({ service: 'gong', url, headers: { authorization: header } }, context);
    if ('failure' in result) return result.failure;
    const { users } = result.body;
    if (!Array.isArray(users)) return failed(unreadable('Gong'));
    return passed(`the token is valid: ${users.length} users on the first page`, {
      phases: result.answer.phases,
    });
  },
};
