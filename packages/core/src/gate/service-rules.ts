import type { Fault } from './outcome.ts';

/** Services whose answers mean more than their HTTP status says. */
export type ServiceName =
  | 'openai'
  | 'anthropic'
  | 'pinecone'
  | 'snowflake'
  | 'gong'
  | 'vercel'
  | 'pulumi'
  | 'postgres'
  | 'redis'
  | 'docker'
  | 'kubernetes'
  | 'http';

/** How people call them. */
export const DISPLAY_NAMES: Readonly<Record<ServiceName, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  pinecone: 'Pinecone',
  snowflake: 'Snowflake',
  gong: 'Gong',
  vercel: 'Vercel',
  pulumi: 'Pulumi Cloud',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  docker: 'Docker',
  kubernetes: 'Kubernetes',
  http: 'the service',
};

/** One row: what of the answer decides (all that is given must hold), and what it means. */
export interface Rule extends Fault {
  readonly status?: number;
  readonly code?: string | RegExp;
  readonly says?: RegExp;
}

const key = (variable: string, page: string) => `store a new key in ${variable}; keys are made at ${page}`;

const openai: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the API key was refused',
    hint: key('OPENAI_API_KEY', 'https://platform.openai.com/api-keys'),
  },
  {
    code: 'insufficient_quota',
    category: 'billing',
    message: 'the credit is used up',
    hint: 'add credit at https://platform.openai.com/settings/organization/billing, or raise the project limit',
  },
  {
    status: 429,
    category: 'rate-limited',
    message: 'too many requests for this organisation',
    hint: 'run again later; limits are shown at https://platform.openai.com/settings/organization/limits',
  },
  {
    code: 'unsupported_country_region_territory',
    category: 'forbidden',
    message: "OpenAI does not serve the runner's country",
    hint: 'use a runner in a country that is served',
  },
  {
    status: 403,
    category: 'forbidden',
    message: 'the API key may not read models',
    hint: 'give the key the permission "List models" (scope api.model.read), or use one without restrictions',
  },
  {
    code: 'model_not_found',
    category: 'not-found',
    message: 'the model does not exist, or this key may not use it',
    hint: 'correct `model`; the names are at https://platform.openai.com/docs/models',
  },
  {
    status: 404,
    category: 'not-found',
    message: 'no OpenAI API at this address',
    hint: 'correct OPENAI_BASE_URL; the real one is https://api.openai.com/v1',
  },
];

const anthropicBilling = (message: string): Fault => ({
  category: 'billing',
  message,
  hint: 'add credit or raise the limit at https://console.anthropic.com/settings/billing',
});

const anthropic: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the API key was refused',
    hint: key('ANTHROPIC_API_KEY', 'https://console.anthropic.com/settings/keys'),
  },
  { code: 'enforced_spend_limit_reached', ...anthropicBilling("the tier's monthly spend limit is reached") },
  { code: 'billing_error', ...anthropicBilling('there is trouble with the payment') },
  { status: 402, ...anthropicBilling('payment is required') },
  { status: 400, says: /credit balance is too low/i, ...anthropicBilling('the credit is used up') },
  { status: 400, says: /usage limits|spend(ing)? limit/i, ...anthropicBilling('a spend limit is reached') },
  {
    status: 403,
    category: 'forbidden',
    message: 'the API key may not read models',
    hint: "use a key of a workspace that may, or change the key's permissions",
  },
  {
    status: 404,
    code: 'not_found_error',
    category: 'not-found',
    message: 'it does not exist, or this key may not use it',
    hint: 'correct `model` (names: https://docs.claude.com/en/docs/about-claude/models), or ANTHROPIC_BASE_URL',
  },
  {
    status: 429,
    category: 'rate-limited',
    message: 'too many requests for this organisation',
    hint: 'run again later; limits are shown at https://console.anthropic.com/settings/limits',
  },
  {
    status: 529,
    category: 'server-error',
    message: 'Anthropic is overloaded',
    hint: "it is the provider's fault: see https://status.claude.com and run again later",
  },
];

const pinecone: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the API key was refused',
    hint: key('PINECONE_API_KEY', 'https://app.pinecone.io (API keys)'),
  },
  {
    status: 402,
    category: 'billing',
    message: 'payment is required',
    hint: 'settle the balance at https://app.pinecone.io (Settings, Billing)',
  },
  {
    status: 403,
    category: 'forbidden',
    message: 'the API key may not list indexes',
    hint: 'give the key the permission to read the control plane',
  },
  {
    status: 404,
    category: 'not-found',
    message: 'the index does not exist',
    hint: 'correct `index`, or create it; indexes belong to the project of the key',
  },
];

/** Snowflake's own codes; they come with status 200. 390xxx is the login service. */
const snowflake: readonly Rule[] = [
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

const gong: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the access token was refused',
    hint: 'store a new one in GONG_ACCESS_TOKEN: an OAuth token, or ACCESS_KEY:ACCESS_KEY_SECRET',
  },
  {
    status: 403,
    category: 'forbidden',
    message: 'the token may not list users',
    hint: 'give it the scope api:users:read',
  },
];

const vercelToken: Fault = {
  category: 'unauthorized',
  message: 'the token was refused or has ended',
  hint: key('VERCEL_TOKEN', 'https://vercel.com/account/settings/tokens'),
};

/** Vercel answers a wrong token with 403 `forbidden` and `invalidToken`; a right one that may not do it has neither. */
const vercel: readonly Rule[] = [
  { status: 401, ...vercelToken },
  { status: 403, code: 'invalid-token', ...vercelToken },
  {
    status: 403,
    category: 'forbidden',
    message: 'the token may not read its own user',
    hint: 'make a token with the scope of the team, or of the whole account',
  },
];

const pulumi: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the access token was refused',
    hint: 'store a new one in PULUMI_ACCESS_TOKEN; tokens are made at https://app.pulumi.com/account/tokens',
  },
];

const databaseUrl = 'correct user and password in DATABASE_URL';

/** SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html). */
const postgres: readonly Rule[] = [
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
const redis: readonly Rule[] = [
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

/** The rows are tried in order; what none matches is judged by its HTTP status alone. */
export const SERVICE_RULES: Readonly<Record<ServiceName, readonly Rule[]>> = {
  openai,
  anthropic,
  pinecone,
  snowflake,
  gong,
  vercel,
  pulumi,
  postgres,
  redis,
  docker: [],
  kubernetes: [],
  http: [],
};
