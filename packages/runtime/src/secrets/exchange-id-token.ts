import { messageOf, SophiaError } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';
import type { CloudClient } from './cloud-client.ts';
import { lasting } from './cloud-failure.ts';
import type { Attempted, CloudFailure } from './cloud-failure.ts';
import { createHttpClient } from './http-client.ts';
import { quoted } from './judge-status.ts';
import { isObject, readJson, readRefusal } from './read-answer.ts';
import type { CloudAnswer } from './read-answer.ts';

/** What is asked of the exchange. */
export interface ExchangeRequest {
  readonly organization: string;
  /** `organization`, `team`, `personal` or `runner`. */
  readonly type: string;
  /** Empty where the type needs none. */
  readonly scope: string;
  /** Seconds; undefined: Pulumi Cloud's own. */
  readonly expirationS: number | undefined;
}

/** RFC 8693, with Pulumi Cloud's own types of token. */
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ACCESS_TOKEN = 'urn:pulumi:token-type:access_token';

/**
 * Exchanges the job's OIDC token at Pulumi Cloud. GitHub's tokens live five minutes, so each attempt gets a new one.
 *
 * @returns the access token, masked
 * @throws SophiaError `forbidden` without `id-token: write`, else the exchange's refusal explained
 */
export async function exchangeIdToken(
  request: ExchangeRequest,
  client: CloudClient,
  host: Host,
): Promise<string> {
  const http = await createHttpClient();
  const audience = `urn:pulumi:org:${request.organization}`;
  let subject = '';
  const token = await client.perform({
    what: `exchange the job's OIDC token for a token of ${request.organization}`,
    send: async (options) => {
      const idToken = await freshIdToken(host, audience);
      subject = subjectOf(idToken);
      return http.post<unknown>(`${client.url}/api/oauth/token`, form(request, audience, idToken), options);
    },
    read: readToken,
    refusal: (answer) => readRefused(answer, request, subject),
  });
  host.mask(token);
  return token;
}

const form = (request: ExchangeRequest, audience: string, idToken: string) => ({
  audience,
  grant_type: GRANT,
  subject_token_type: ID_TOKEN,
  requested_token_type: `${ACCESS_TOKEN}:${request.type}`,
  subject_token: idToken,
  ...(request.scope === '' ? {} : { scope: request.scope }),
  ...(request.expirationS === undefined ? {} : { expiration: request.expirationS }),
});

async function freshIdToken(host: Host, audience: string): Promise<string> {
  try {
    return await host.idToken(audience);
  } catch (error) {
    if (error instanceof SophiaError) throw error;
    throw new SophiaError('unavailable', {
      message: `GitHub gave no OIDC token${quoted(messageOf(error))}`,
      hint: 'run the job again; https://www.githubstatus.com tells whether GitHub has trouble',
    });
  }
}

function readToken(answer: CloudAnswer): Attempted<string> {
  const json = readJson(answer);
  if ('failure' in json) return json;
  const token = json.value['access_token'];
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return { value: token };
  return lasting('protocol', {
    message: 'the exchange gave no access token',
    hint: 'check `cloud-url`: something else than Pulumi Cloud may answer there',
  });
}

function readRefused(
  answer: CloudAnswer,
  { organization, type }: ExchangeRequest,
  subject: string,
): CloudFailure | undefined {
  if (answer.status < 400 || answer.status >= 500 || [408, 429].includes(answer.status)) return undefined;
  const { error, error_description: description } = readRefusal(answer);
  if (typeof error !== 'string') return undefined;
  const words = {
    message: `Pulumi Cloud does not exchange the job's OIDC token (${error})${quoted(description)}`,
    hint: hintFor(error, { organization, type, subject }),
  };
  return lasting('unauthorized', words).failure;
}

function hintFor(error: string, at: { organization: string; type: string; subject: string }): string {
  switch (error) {
    case 'invalid_target':
      return `register https://token.actions.githubusercontent.com as an OIDC issuer of the organisation ${at.organization} in Pulumi Cloud, or correct the name in \`oidc-organization\``;
    case 'invalid_scope':
      return `correct \`oidc-scope\` for a token of type ${at.type}`;
    case 'invalid_request':
    case 'unsupported_grant_type':
      return 'check `oidc-requested-token-type`, `oidc-scope` and `oidc-expiration` against what the organisation offers';
    default:
      return `allow this job in the issuer's policy in Pulumi Cloud: audience urn:pulumi:org:${at.organization}, subject ${at.subject || 'unknown'}, token type ${at.type}`;
  }
}

/** The subject of a policy, such as `repo:acme/app:ref:refs/heads/main`; it is no secret, and saves a guess. */
function subjectOf(idToken: string): string {
  try {
    const payload: unknown = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
    const subject = isObject(payload) ? payload['sub'] : undefined;
    return typeof subject === 'string' ? subject.replace(/[^\x21-\x7e]/g, '') : '';
  } catch {
    return '';
  }
}
