import type { Failure } from './failures.ts';
import { textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** What the Anthropic stand-in accepts and serves. */
export type AnthropicOptions = ListenOptions & {
  /** Accepted as `x-api-key` and as `Authorization: Bearer` (the SDK 1.x sends the latter). */
  readonly apiKey: string;
  /** Default: one of each of three lines. */
  readonly models?: readonly string[];
};

/**
 * Errors that a status does not say: no credit (400), a spend limit of one's own (400), the tier's spend
 * limit (429, without `retry-after`).
 */
export type AnthropicError = 'credit_balance_too_low' | 'usage_limits' | 'enforced_spend_limit_reached';

const REQUEST_ID = 'req_standin';
const AGAIN = 'You will regain access on 2027-01-01 at 00:00 UTC.';
const CREDIT_TOO_LOW = {
  type: 'invalid_request_error',
  message:
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
};
const USAGE_LIMITS = {
  type: 'invalid_request_error',
  message: `You have reached your specified API usage limits. ${AGAIN}`,
};
const SPEND_LIMIT = {
  type: 'rate_limit_error',
  message: `You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier. ${AGAIN}`,
  details: { error_code: 'enforced_spend_limit_reached' },
};

/** Anthropic's `GET /v1/models[/{id}]` and `POST /v1/messages` with its error bodies (docs.claude.com/en/api/errors); 529 is "overloaded". */
export async function startAnthropic(options: AnthropicOptions): Promise<Standin<AnthropicError>> {
  const models = options.models ?? ['claude-opus-4-1', 'claude-sonnet-4-5', 'claude-haiku-4-5'];
  const headers = {
    'request-id': REQUEST_ID,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000002',
  };
  return startStandin(
    {
      name: 'Anthropic',
      routes: [
        route('GET', '/v1/models', (call) => json(200, page(models, call), headers)),
        route('GET', '/v1/models/{id}', ({ params: { id = '' } }) =>
          models.includes(id)
            ? json(200, model(id), headers)
            : error(404, { type: 'not_found_error', message: `model: ${id}` }),
        ),
        route('POST', '/v1/messages', ({ json: body }) => {
          const id = textField(body, 'model') ?? '';
          return models.includes(id)
            ? json(200, word(id), headers)
            : error(404, { type: 'not_found_error', message: `model: ${id}` });
        }),
      ],
      authorize: (call) => refuseKey(call, options.apiKey),
      error: anthropicError,
      named: {
        credit_balance_too_low: () => error(400, CREDIT_TOO_LOW),
        usage_limits: () => error(400, USAGE_LIMITS),
        enforced_spend_limit_reached: () => error(429, SPEND_LIMIT),
      },
    },
    options,
  );
}

/** A message of one token. */
function word(id: string): unknown {
  return {
    id: 'msg_standin',
    type: 'message',
    role: 'assistant',
    model: id,
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'max_tokens',
    stop_sequence: null,
    usage: { input_tokens: 8, output_tokens: 1 },
  };
}

function page(models: readonly string[], { query }: Call): unknown {
  const limit = Number(query.get('limit') ?? 20);
  const after = query.get('after_id');
  const start = after === null ? 0 : models.indexOf(after) + 1;
  const data = models.slice(start, start + limit).map(model);
  const has_more = start + limit < models.length;
  return { data, has_more, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function model(id: string) {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: '2025-08-05T00:00:00Z',
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
  };
}

function refuseKey({ headers }: Call, apiKey: string): Reply | undefined {
  const key = headers['x-api-key'];
  const bearer = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
  if (key === apiKey || bearer === apiKey) return undefined;
  const message = bearer !== undefined ? 'Invalid bearer token' : 'invalid x-api-key';
  const missing = key === undefined && bearer === undefined;
  return error(401, {
    type: 'authentication_error',
    message: missing ? 'x-api-key header is required' : message,
  });
}

const ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'Invalid request'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'There is an issue with your billing or payment information.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'Not found'],
  429: ['rate_limit_error', "This request would exceed your organization's rate limit."],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'Request timeout'],
  529: ['overloaded_error', 'Overloaded'],
};

function anthropicError({ status, retryAfterSeconds }: Failure): Reply {
  const [type, message] = ERRORS[status] ?? ['api_error', 'Internal server error'];
  const retry = status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return error(status, { type, message }, retry);
}

type AnthropicBody = { readonly type: string; readonly message: string; readonly details?: unknown };

function error(status: number, body: AnthropicBody, headers: Record<string, string> = {}): Reply {
  const document = { type: 'error', error: body, request_id: REQUEST_ID };
  return json(status, document, { 'request-id': REQUEST_ID, ...headers });
}
