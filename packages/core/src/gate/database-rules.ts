import type { Rule } from './rule.ts';

/** Snowflake's own codes; they come with status 200. 390xxx is the login service. */
export const snowflake: readonly Rule[] = [
  {
    code: '390100',
    category: 'unauthorized',
    message: 'password refused',
    hint: 'correct SNOWFLAKE_USER and SNOWFLAKE_PASSWORD; Snowflake ended sign-in by password alone in 2026: use SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_TOKEN',
  },
  {
    code: '390102',
    category: 'unauthorized',
    message: 'the user is locked after too many refused logins',
    hint: 'wait 15 minutes, or unlock: `alter user ... set mins_to_unlock = 0`; then correct what still uses the old password',
  },
  {
    code: '390144',
    category: 'unauthorized',
    message: 'key pair refused',
    hint: "register the public key: `alter user ... set rsa_public_key = '...'`, and check SNOWFLAKE_ACCOUNT and the runner's clock",
  },
  {
    code: '390201',
    category: 'not-found',
    message: 'the database or warehouse does not exist, or the role may not use it',
    hint: 'correct SNOWFLAKE_DATABASE and SNOWFLAKE_WAREHOUSE, or grant usage on them to the role',
  },
  {
    code: '390189',
    category: 'forbidden',
    message: 'the role does not exist, or is not granted to the user',
    hint: 'correct SNOWFLAKE_ROLE, or `grant role ... to user ...`',
  },
  {
    code: '390186',
    category: 'forbidden',
    message: 'the role is not granted to the user',
    hint: 'correct SNOWFLAKE_ROLE, or `grant role ... to user ...`',
  },
  {
    code: '390303',
    category: 'unauthorized',
    message: 'the OAuth token was refused',
    hint: 'store a new token in SNOWFLAKE_TOKEN',
  },
  {
    code: '390318',
    category: 'unauthorized',
    message: 'the OAuth token has ended',
    hint: 'store a new token in SNOWFLAKE_TOKEN',
  },
  {
    code: '390422',
    category: 'forbidden',
    message: "the account's network policy does not let the runner in",
    hint: "allow the runner's address in the network policy, or use a self-hosted runner with a fixed one",
  },
  {
    code: '394400',
    category: 'unauthorized',
    message: 'access token refused',
    hint: 'store a new programmatic access token in SNOWFLAKE_TOKEN: `alter user ... add programmatic access token ...`',
  },
  {
    code: '000606',
    category: 'configuration',
    message: 'no active warehouse',
    hint: 'set SNOWFLAKE_WAREHOUSE to one that exists and that the role may use',
  },
  {
    code: '390913',
    category: 'server-error',
    message: 'Snowflake asks to try again',
    hint: 'see https://status.snowflake.com and run again later',
  },
  {
    code: /^39[04]\d{3}$/,
    category: 'unauthorized',
    message: 'the login was refused',
    hint: 'see the code at https://docs.snowflake.com (login errors); one attempt was made, so that the user is not locked',
  },
  {
    code: '401001',
    category: 'refused',
    message: 'the connection failed',
    hint: 'check SNOWFLAKE_ACCOUNT (organisation-account), https://status.snowflake.com and the allowed addresses',
  },
];

const databaseUrl = 'correct user and password in DATABASE_URL';

/** SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html). */
export const postgres: readonly Rule[] = [
  { code: '28P01', category: 'unauthorized', message: 'the password was refused', hint: databaseUrl },
  {
    code: '28000',
    category: 'unauthorized',
    message: 'this user may not sign in from here',
    hint: 'correct DATABASE_URL (often sslmode=require is missing), or let the runner in with pg_hba.conf',
  },
  {
    code: '3D000',
    category: 'not-found',
    message: 'the database does not exist',
    hint: 'correct the name in DATABASE_URL, or create it',
  },
  {
    code: '42501',
    category: 'forbidden',
    message: 'the user may not do this',
    hint: 'grant the user what it needs: `grant connect on database ... to ...`',
  },
  {
    code: '53300',
    category: 'server-error',
    message: 'too many connections',
    hint: 'close idle connections, raise max_connections, or put a pooler in front',
  },
  {
    code: /^57P0[123]$/,
    category: 'server-error',
    message: 'the database is starting or stopping',
    hint: 'run again when it is up',
  },
  {
    code: /^(08|53|57|58|XX)/,
    category: 'server-error',
    message: 'the database itself fails',
    hint: "see the server's log",
  },
];

/** The first word of Redis's error replies (redis.io/docs: RESP, errors). */
export const redis: readonly Rule[] = [
  {
    code: /^(WRONGPASS|NOAUTH)$/,
    category: 'unauthorized',
    message: 'the password was refused, or is missing',
    hint: 'correct user and password in REDIS_URL: redis://user:password@host:6379',
  },
  {
    code: 'NOPERM',
    category: 'forbidden',
    message: 'the user may not PING',
    hint: 'give it the command: `ACL SETUSER ... +ping`',
  },
  {
    code: /^(LOADING|MASTERDOWN|BUSY|CLUSTERDOWN)$/,
    category: 'server-error',
    message: 'Redis is not ready',
    hint: 'it loads its data or runs a script: run again later',
  },
];
