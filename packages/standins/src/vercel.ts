import type { Failure } from './failures.ts';
import { json, type Reply } from './reply.ts';
import { route, type Route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** What the Vercel stand-in accepts and serves. */
export type VercelOptions = ListenOptions & {
  /** Accepted as `Authorization: Bearer`. */
  readonly token: string;
  /** When the token ends, milliseconds since 1970. Default: never (the field is absent). */
  readonly expiresAtMs?: number;
  readonly username?: string;
  /** Operations beside those of the token: those of `vercelDeployments`. */
  readonly more?: readonly Route[];
};

const CREATED_MS = 1_767_225_600_000;

/**
 * Vercel's `GET /v5/user/tokens/current` and `GET /v2/user`. A wrong or expired token is 403 with
 * `invalidToken: true`, as the real API answers, and no 401.
 */
export async function startVercel(options: VercelOptions): Promise<Standin> {
  const end = options.expiresAtMs === undefined ? {} : { expiresAt: options.expiresAtMs };
  const token = {
    id: '0000000000000000000000000000000000000000000000000000000000000001',
    name: 'standin',
    type: 'token',
    origin: 'manual',
    scopes: [{ type: 'user', origin: 'manual', createdAt: CREATED_MS, ...end }],
    activeAt: CREATED_MS,
    createdAt: CREATED_MS,
    ...end,
  };
  const username = options.username ?? 'sophia-bot';
  const user = {
    id: 'standin',
    email: `${username}@example.com`,
    name: null,
    username,
    avatar: null,
    version: null,
  };
  return startStandin(
    {
      name: 'Vercel',
      routes: [
        route('GET', '/v5/user/tokens/current', () => json(200, { token })),
        route('GET', '/v2/user', () => json(200, { user })),
        ...(options.more ?? []),
      ],
      authorize: ({ headers }) => {
        const given = headers['authorization'];
        if (given === undefined) return error(403, MISSING);
        const ended = options.expiresAtMs !== undefined && options.expiresAtMs <= Date.now();
        return given === `Bearer ${options.token}` && !ended ? undefined : error(403, INVALID);
      },
      error: vercelError,
      named: {},
    },
    options,
  );
}

type VercelBody = { readonly code: string; readonly message: string };

const INVALID = { code: 'forbidden', message: 'Not authorized', invalidToken: true };
const MISSING = {
  code: 'forbidden',
  message: 'The request is missing an authentication token',
  missingToken: true,
};

const ERRORS: Readonly<Record<number, VercelBody>> = {
  401: { code: 'unauthorized', message: 'The request is not authorized.' },
  403: { code: 'forbidden', message: "You don't have permission to access this resource." },
  404: { code: 'not_found', message: 'The requested resource was not found.' },
  429: { code: 'rate_limited', message: 'The rate limit of 500 exceeded for "user".' },
};

function vercelError({ status, retryAfterSeconds }: Failure): Reply {
  const headers =
    status === 429 ? { 'retry-after': String(retryAfterSeconds), 'x-ratelimit-remaining': '0' } : undefined;
  const body = ERRORS[status] ?? {
    code: 'internal_server_error',
    message: 'An unexpected internal error occurred',
  };
  return error(status, body, headers);
}

function error(status: number, body: VercelBody, headers: Record<string, string> = {}): Reply {
  return json(status, { error: body }, headers);
}
