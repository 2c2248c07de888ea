import { field } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';
import { jwtClaims } from './unsigned-jwt.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ACCESS_TOKEN = 'urn:pulumi:token-type:access_token:';
const TWO_HOURS_S = 7_200;

/** Which kinds of token need which scope (Pulumi's OIDC page). */
const SCOPES: Readonly<Record<string, RegExp | undefined>> = {
  organization: /^(admin)?$/,
  team: /^team:.+$/,
  personal: /^user:.+$/,
  runner: /^runner:.+$/,
};

/**
 * `POST /api/oauth/token` (RFC 8693), as JSON or as a form. Every refusal is `{error, error_description}`.
 * The ID token's signature is not checked; its audience and its end are. `issue` gives a new access token
 * that lives for so many seconds.
 */
export function exchangeToken(
  call: Call,
  organizations: readonly string[],
  issue: (expirationS: number) => string,
): Reply {
  const read = (name: string): string => readField(call, name);
  const problem = refuse(read, organizations);
  if (problem !== undefined) return problem;
  const expirationS = Number(read('expiration')) || TWO_HOURS_S;
  return json(200, {
    access_token: issue(expirationS),
    issued_token_type: read('requested_token_type'),
    token_type: 'Bearer',
    expires_in: expirationS,
    scope: read('scope'),
  });
}

function refuse(read: (name: string) => string, organizations: readonly string[]): Reply | undefined {
  if (read('grant_type') !== GRANT)
    return error(400, 'unsupported_grant_type', `The grant type must be ${GRANT}.`);
  if (read('subject_token_type') !== ID_TOKEN) {
    return error(400, 'invalid_request', `The subject token type must be ${ID_TOKEN}.`);
  }
  const kind = read('requested_token_type').replace(ACCESS_TOKEN, '');
  const scope = SCOPES[kind];
  if (scope === undefined) return error(400, 'invalid_request', 'The requested token type is not supported.');
  if (!scope.test(read('scope')))
    return error(400, 'invalid_scope', `The scope does not fit a ${kind} token.`);
  const organization = /^urn:pulumi:org:(.+)$/.exec(read('audience'))?.[1];
  if (organization === undefined || !organizations.includes(organization)) {
    return error(
      400,
      'invalid_target',
      'The audience names no organization with an OIDC issuer for this token.',
    );
  }
  return refuseIdToken(read('subject_token'), read('audience'));
}

function refuseIdToken(token: string, audience: string): Reply | undefined {
  const claims = jwtClaims(token);
  if (claims === undefined) return error(401, 'invalid_token', 'The OIDC token is malformed.');
  if (claims['aud'] !== audience) {
    return error(
      401,
      'invalid_token',
      'The audience of the OIDC token does not match the requested audience.',
    );
  }
  const end = claims['exp'];
  if (typeof end !== 'number' || end * 1_000 <= Date.now()) {
    return error(401, 'invalid_token', 'The OIDC token is invalid or expired');
  }
  return undefined;
}

function readField(call: Call, name: string): string {
  const value = call.headers['content-type']?.includes('x-www-form-urlencoded')
    ? new URLSearchParams(call.body.toString('utf8')).get(name)
    : field(call.json, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function error(status: number, code: string, description: string): Reply {
  return json(status, { error: code, error_description: description });
}
