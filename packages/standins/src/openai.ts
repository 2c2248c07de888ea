import type { Failure } from './failures.ts';
import { textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** What the OpenAI stand-in accepts and serves; its base URL for clients is `url + '/v1'`. */
export type OpenAiOptions = ListenOptions & {
  readonly apiKey: string;
  /** Default: `gpt-5`, `gpt-5-mini`. */
  readonly models?: readonly string[];
  /** Requests left in this minute, for the `x-ratelimit-*` headers. Default 9999 of 10000. */
  readonly remainingRequests?: number;
};

/** Errors beside the plain statuses: credit used up (429), and a country that is not served (403). */
export type OpenAiError = 'insufficient_quota' | 'unsupported_country_region_territory';

/** OpenAI's `GET /v1/models`, `GET /v1/models/{id}` and `POST /v1/responses` with its error bodies (platform.openai.com/docs/guides/error-codes). */
export async function startOpenAi(options: OpenAiOptions): Promise<Standin<OpenAiError>> {
  const models = options.models ?? ['gpt-5', 'gpt-5-mini'];
  const headers = {
    'x-request-id': 'req_standin',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': String(options.remainingRequests ?? 9_999),
    'x-ratelimit-reset-requests': '6ms',
  };
  const one = (id: string) => ({ id, object: 'model', created: 1_754_425_777, owned_by: 'system' });
  return startStandin(
    {
      name: 'OpenAI',
      routes: [
        route('GET', '/v1/models', () => json(200, { object: 'list', data: models.map(one) }, headers)),
        route('GET', '/v1/models/{id}', ({ params: { id = '' } }) =>
          models.includes(id) ? json(200, one(id), headers) : modelNotFound(id),
        ),
        route('POST', '/v1/responses', ({ json: body }) => {
          const id = textField(body, 'model') ?? '';
          return models.includes(id) ? json(200, word(id), headers) : modelNotFound(id);
        }),
      ],
      authorize: (call) => refuseKey(call, options.apiKey),
      error: openAiError,
      named: {
        insufficient_quota: () =>
          error(429, {
            message:
              'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
            type: 'insufficient_quota',
            code: 'insufficient_quota',
          }),
        unsupported_country_region_territory: () =>
          error(403, {
            message: 'Country, region, or territory not supported',
            type: 'request_forbidden',
            code: 'unsupported_country_region_territory',
          }),
      },
    },
    options,
  );
}

/** An answer that was cut after its first tokens, as a small `max_output_tokens` has it. */
function word(model: string): unknown {
  const content = [{ type: 'output_text', text: 'Hello', annotations: [] }];
  return {
    id: 'resp_standin',
    object: 'response',
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    model,
    output: [{ id: 'msg_standin', type: 'message', role: 'assistant', status: 'incomplete', content }],
    usage: { input_tokens: 7, output_tokens: 16, total_tokens: 23 },
  };
}

type OpenAiBody = { message: string; type: string; param?: string | null; code: string | null };

function error(status: number, body: OpenAiBody, headers: Record<string, string> = {}): Reply {
  return json(status, { error: { param: null, ...body } }, { 'x-request-id': 'req_standin', ...headers });
}

function refuseKey(call: Call, apiKey: string): Reply | undefined {
  const given = /^Bearer (.+)$/.exec(call.headers['authorization'] ?? '')?.[1];
  if (given === apiKey) return undefined;
  const type = 'invalid_request_error';
  if (given === undefined) {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.";
    return error(401, { message, type, code: null });
  }
  return error(401, { message: wrongKey(given), type, code: 'invalid_api_key' });
}

/** OpenAI echoes a part of the key: a reason never to show its messages unredacted. */
function wrongKey(key: string): string {
  const shown = key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}` : key;
  return `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`;
}

function modelNotFound(id: string): Reply {
  const message = `The model '${id}' does not exist`;
  return error(404, { message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' });
}

function openAiError({ status, retryAfterSeconds, call }: Failure): Reply {
  const retry = { 'retry-after': String(retryAfterSeconds) };
  switch (status) {
    case 401:
      return error(401, {
        message: wrongKey(call.headers['authorization']?.replace('Bearer ', '') ?? ''),
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      });
    case 403:
      return error(403, {
        message: 'You have insufficient permissions for this operation. Missing scopes: api.model.read.',
        type: 'invalid_request_error',
        code: null,
      });
    case 404:
      return error(404, {
        message: `Invalid URL (${call.method} ${call.path})`,
        type: 'invalid_request_error',
        code: null,
      });
    case 429:
      return error(
        429,
        {
          message: 'Rate limit reached for requests. Please try again later.',
          type: 'requests',
          code: 'rate_limit_exceeded',
        },
        { ...retry, 'x-ratelimit-remaining-requests': '0' },
      );
    case 503:
      return error(
        503,
        { message: 'The server is overloaded or not ready yet.', type: 'server_error', code: null },
        retry,
      );
    default:
      return error(status, {
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
        code: null,
      });
  }
}
