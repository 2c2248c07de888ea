import type { Fault } from './outcome.ts';
import type { Rule } from './rule.ts';

const key = (variable: string, page: string) => `store a new key in ${variable}; keys are made at ${page}`;

/** platform.openai.com/docs/guides/error-codes; the code tells more than the status. */
export const openai: readonly Rule[] = [
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
    message: 'the API key may not do this',
    hint: 'give the key the permission "List models" (for deep: "Model capabilities"), or use one without restrictions',
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

/** docs.claude.com/en/api/errors; spend limits come as 400 and as 429. */
export const anthropic: readonly Rule[] = [
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
    message: 'the API key may not do this',
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

/** docs.pinecone.io, control plane: statuses only. */
export const pinecone: readonly Rule[] = [
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
    message: 'there is no such index, or no Pinecone API at this address',
    hint: 'correct `index` (indexes belong to the project of the key), or PINECONE_CONTROLLER_HOST',
  },
];

/** help.gong.io/apidocs: statuses only. */
export const gong: readonly Rule[] = [
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
export const vercel: readonly Rule[] = [
  { status: 401, ...vercelToken },
  { status: 403, code: 'invalid-token', ...vercelToken },
  {
    status: 403,
    category: 'forbidden',
    message: 'the token may not read its own user',
    hint: 'make a token with the scope of the team, or of the whole account',
  },
];

/** Pulumi Cloud: statuses only. */
export const pulumi: readonly Rule[] = [
  {
    status: 401,
    category: 'unauthorized',
    message: 'the access token was refused',
    hint: 'store a new one in PULUMI_ACCESS_TOKEN; tokens are made at https://app.pulumi.com/account/tokens',
  },
];
