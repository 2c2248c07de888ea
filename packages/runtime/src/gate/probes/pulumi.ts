import { failed, passed } from '@sophia/core/gate/outcome';

import type { Variables } from '../../host/host.ts';
import { callApi } from '../api-call.ts';
import { baseUrl, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { unreadable } from '../service-failure.ts';

const address = (check: { 'backend-url'?: string | undefined }, variables: Variables) =>
  baseUrl(check['backend-url'], variables['PULUMI_BACKEND_URL'], 'https://api.pulumi.com');

/** `GET /api/user`: free. */
export const pulumi: CheckProbe<'pulumi'> = {
  target: address,
  async probe(check, context) {
    const token = readCredential(context, check['access-token'], 'PULUMI_ACCESS_TOKEN');
    if ('fault' in token) return failed(token.fault, { missing: [token.missing] });
    const url = `${address(check, context.variables)}/api/user`;
    const headers = { authorization: `token ${token.value}`, accept: 'application/vnd.pulumi+8' };
    const result = await callApi({ service: 'pulumi', url, headers }, context);
    if ('failure' in result) return result.failure;
    const { githubLogin, name } = result.body;
    const login = [githubLogin, name].find((part) => typeof part === 'string');
    if (login === undefined) return failed(unreadable('Pulumi Cloud'));
    return passed(`the token of ${login} is valid`, { phases: result.answer.phases });
  },
};
