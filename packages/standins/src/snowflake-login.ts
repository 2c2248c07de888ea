import { createHash, createPublicKey, verify } from 'node:crypto';
import { field, textField } from './json-field.ts';
import { jwtClaims } from './unsigned-jwt.ts';

/** Who may sign in, and how; each way is optional, and without any nobody can. */
export type SnowflakeCredentials = {
  /** Case does not matter. */
  readonly user: string;
  readonly password?: string;
  /** PEM of the public key registered for the user (`RSA_PUBLIC_KEY`). */
  readonly publicKey?: string;
  /** A programmatic access token. */
  readonly token?: string;
};

/** Snowflake's error of a refused sign-in: a numeric code as text, and its message. */
export type SnowflakeError = { readonly code: string; readonly message: string };

/** The refusals that a client must tell apart; the UUID stands in for Snowflake's failure id. */
export const LOGIN_ERRORS = {
  incorrect_username_password: { code: '390100', message: 'Incorrect username or password was specified.' },
  user_locked: {
    code: '390102',
    message:
      'Your user account has been temporarily locked due to too many failed attempts. Try again after 15 minutes, or contact your account administrator for assistance.',
  },
  jwt_invalid: { code: '390144', message: 'JWT token is invalid. [00000000-0000-4000-8000-000000000003]' },
  network_policy: {
    code: '390422',
    message:
      'Incoming request with IP/Token 192.0.2.1 is not allowed to access Snowflake. Contact your account administrator.',
  },
  token_invalid: { code: '394400', message: 'Programmatic access token is invalid.' },
} satisfies Record<string, SnowflakeError>;

/**
 * Judges the `data` of a login request as Snowflake does. Undefined: the sign-in is right. A key-pair
 * token's signature, issuer and subject are checked against the registered public key.
 */
export function refuseLogin(data: unknown, credentials: SnowflakeCredentials): SnowflakeError | undefined {
  const authenticator = textField(data, 'AUTHENTICATOR')?.toUpperCase() ?? 'SNOWFLAKE';
  const sameUser = textField(data, 'LOGIN_NAME')?.toUpperCase() === credentials.user.toUpperCase();
  const token = textField(data, 'TOKEN') ?? '';
  if (authenticator === 'SNOWFLAKE_JWT') {
    return isSignedBy(token, credentials) ? undefined : LOGIN_ERRORS.jwt_invalid;
  }
  if (authenticator === 'PROGRAMMATIC_ACCESS_TOKEN') {
    return sameUser && token !== '' && token === credentials.token ? undefined : LOGIN_ERRORS.token_invalid;
  }
  const password = field(data, 'PASSWORD');
  const right = sameUser && credentials.password !== undefined && password === credentials.password;
  return right ? undefined : LOGIN_ERRORS.incorrect_username_password;
}

function isSignedBy(token: string, { user, publicKey }: SnowflakeCredentials): boolean {
  const claims = jwtClaims(token);
  if (claims === undefined || publicKey === undefined) return false;
  const key = createPublicKey(publicKey);
  const print = createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('base64');
  const [header, payload, signature] = token.split('.');
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${payload}`),
    key,
    Buffer.from(signature ?? '', 'base64url'),
  );
  const subject = String(claims['sub']);
  return (
    signed &&
    subject.toUpperCase().endsWith(`.${user.toUpperCase()}`) &&
    claims['iss'] === `${subject}.SHA256:${print}`
  );
}
