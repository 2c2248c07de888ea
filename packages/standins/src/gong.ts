import type { Failure } from './failures.ts';
import { json, type Reply } from './reply.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** What the Gong stand-in accepts and serves. */
export type GongOptions = ListenOptions & {
  /** Accepted as `Authorization: Bearer`; `KEY:SECRET` also as Basic. */
  readonly token: string;
  /** Number of users; 100 come in a page. Default 2. */
  readonly users?: number;
};

const PAGE = 100;
const REQUEST_ID = '4al018gzaztcr8nbukw';

/** Gong's `GET /v2/users` (help.gong.io/apidocs/list-all-users-v2users); errors are `{requestId, errors}`. */
export async function startGong(options: GongOptions): Promise<Standin> {
  const total = options.users ?? 2;
  const accepted = [`Bearer ${options.token}`, `Basic ${Buffer.from(options.token).toString('base64')}`];
  return startStandin(
    {
      name: 'Gong',
      routes: [
        route('GET', '/v2/users', ({ query }) => {
          const first = Number(query.get('cursor') ?? 0);
          const users = Array.from({ length: Math.min(PAGE, total - first) }, (_, index) =>
            user(first + index),
          );
          const cursor = first + PAGE < total ? { cursor: String(first + PAGE) } : {};
          const currentPageNumber = first / PAGE;
          const records = {
            totalRecords: total,
            currentPageSize: users.length,
            currentPageNumber,
            ...cursor,
          };
          return json(200, { requestId: REQUEST_ID, records, users });
        }),
      ],
      authorize: (call) =>
        accepted.includes(call.headers['authorization'] ?? '')
          ? undefined
          : gongError({ status: 401, retryAfterSeconds: 0, call }),
      error: gongError,
      named: {},
    },
    options,
  );
}

function user(index: number): unknown {
  return {
    id: String(1_000_000_000_000_000_000n + BigInt(index)),
    emailAddress: `user${index}@example.com`,
    created: '2026-01-01T00:00:00Z',
    active: true,
    firstName: 'User',
    lastName: String(index),
  };
}

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Invalid access key, secret or token',
  403: "Missing required authorization scope 'api:users:read'",
  404: 'Not found',
  429: 'API request limit exceeded',
};

function gongError({ status, retryAfterSeconds }: Failure): Reply {
  const message = MESSAGES[status] ?? 'Failed to complete the operation due to an unexpected error';
  const headers = status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return json(status, { requestId: REQUEST_ID, errors: [message] }, headers);
}
