import { SophiaError } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';
import type { CloudClient } from './cloud-client.ts';
import { exchangeIdToken } from './exchange-id-token.ts';
import type { ExchangeRequest } from './exchange-id-token.ts';

/** How to sign in: with a token at hand, or with the job's OIDC token. */
export type SignIn =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'oidc'; readonly request: ExchangeRequest };

/** The inputs that decide it. */
export interface SignInInputs {
  readonly accessToken: string;
  readonly oidcOrganization: string;
  readonly oidcRequestedTokenType: string;
  readonly oidcScope: string;
  readonly oidcExpiration: string;
}

/** What a scope must look like for each type of token (Pulumi Cloud, "OIDC token exchange"). */
const SCOPES: Readonly<Record<string, { readonly form: RegExp; readonly words: string }>> = {
  organization: { form: /^(admin)?$/, words: 'nothing, or admin' },
  team: { form: /^team:.+$/, words: 'team:NAME' },
  personal: { form: /^user:.+$/, words: 'user:LOGIN' },
  runner: { form: /^runner:.+$/, words: 'runner:NAME' },
};

const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Decides how to sign in: `oidc-organization` wins over a token.
 *
 * @throws SophiaError `usage` for a scope that does not fit, `unauthorized` where there is nothing to sign in with
 */
export function chooseSignIn(inputs: SignInInputs, host: Host): SignIn {
  if (inputs.oidcOrganization !== '') return { kind: 'oidc', request: exchangeRequest(inputs) };
  const token = inputs.accessToken || (host.variables['PULUMI_ACCESS_TOKEN'] ?? '').trim();
  if (token === '') throw noToken(host);
  host.redaction.add(token);
  // Anything else could not travel in a header; a line break at the end is dropped above.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SophiaError('usage', {
      message: 'the access token holds spaces or characters that no token has',
      hint: 'copy the token again; it is one word of letters, digits and - _ .',
    });
  }
  return { kind: 'token', token };
}

function exchangeRequest(inputs: SignInInputs): ExchangeRequest {
  const type = inputs.oidcRequestedTokenType.split(':').at(-1) ?? '';
  const scope = SCOPES[type];
  if (scope === undefined || !scope.form.test(inputs.oidcScope)) {
    throw new SophiaError('usage', {
      message: `input "oidc-scope": expected ${scope?.words ?? 'the scope of a known type'} for a token of type ${type}`,
      hint: 'see "Sign in without a stored token" in the README of esc-setup',
    });
  }
  const [, amount = '', unit = 's'] = /^(\d+)([smh]?)$/.exec(inputs.oidcExpiration) ?? [];
  return {
    organization: inputs.oidcOrganization,
    type,
    scope: inputs.oidcScope,
    expirationS: amount === '' ? undefined : Number(amount) * (UNITS_S[unit || 's'] ?? 1),
  };
}

function noToken(host: Host): SophiaError {
  if (host.event.fork) {
    return new SophiaError('unauthorized', {
      message: 'a pull request of a fork gets no secrets, so there is no access token',
      hint: 'skip this step for forks: `if: github.event.pull_request.head.repo.full_name == github.repository`',
    });
  }
  const hint =
    host.kind === 'terminal'
      ? 'set PULUMI_ACCESS_TOKEN, or name a local definition in `esc.file` of the configuration'
      : 'set the input `oidc-organization` and `permissions: { id-token: write }`, or give `access-token` from a GitHub secret (it is empty where the secret does not exist, or the job lacks its environment)';
  return new SophiaError('unauthorized', { message: 'there is no Pulumi access token', hint });
}

/** @returns the access token to use, masked. @throws SophiaError as the exchange does */
export async function signIn(how: SignIn, client: CloudClient, host: Host): Promise<string> {
  return how.kind === 'token' ? how.token : exchangeIdToken(how.request, client, host);
}
