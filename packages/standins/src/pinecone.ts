import type { Failure } from './failures.ts';
import { json, type Reply } from './reply.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** An index of the controller; `ready: false` has the state `Initializing` unless given. */
export type PineconeIndex = { readonly name: string; readonly ready?: boolean; readonly state?: string };

/** What the Pinecone stand-in accepts and serves; `url` is the client's `controllerHostUrl`. */
export type PineconeOptions = ListenOptions & {
  /** Accepted as the header `Api-Key`. */
  readonly apiKey: string;
  readonly indexes?: readonly PineconeIndex[];
};

/** Pinecone's controller: `GET /indexes` and `GET /indexes/{name}` in the shape of API version 2026-07. */
export async function startPinecone(options: PineconeOptions): Promise<Standin> {
  const indexes = options.indexes ?? [];
  return startStandin(
    {
      name: 'Pinecone',
      routes: [
        route('GET', '/indexes', () => json(200, { indexes: indexes.map(describe) })),
        route('GET', '/indexes/{name}', ({ params: { name } }) => {
          const found = indexes.find((index) => index.name === name);
          return found === undefined
            ? error(404, 'NOT_FOUND', `Resource ${name} not found`)
            : json(200, describe(found));
        }),
      ],
      authorize: ({ headers }) =>
        headers['api-key'] === options.apiKey ? undefined : error(401, 'UNAUTHENTICATED', 'Invalid API Key'),
      error: pineconeError,
      named: {},
    },
    options,
  );
}

function describe({ name, ready = true, state }: PineconeIndex): unknown {
  return {
    id: `standin-${name}`,
    name,
    host: `${name}-standin.svc.aped-0000-0000.pinecone.io`,
    status: { ready, state: state ?? (ready ? 'Ready' : 'Initializing') },
    deployment: {
      deployment_type: 'managed',
      cloud: 'aws',
      region: 'us-east-1',
      environment: 'aped-0000-0000',
    },
    read_capacity: { mode: 'OnDemand', status: { state: 'Ready' } },
    schema: { fields: {} },
    deletion_protection: 'disabled',
    tags: null,
  };
}

const ERRORS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['UNAUTHENTICATED', 'Invalid API Key'],
  402: ['PAYMENT_REQUIRED', 'Request failed. Your organization has a past due balance.'],
  403: ['FORBIDDEN', 'API key does not have permission for this action'],
  404: ['NOT_FOUND', 'Resource not found'],
  429: ['RESOURCE_EXHAUSTED', 'Too many requests'],
  500: ['INTERNAL', 'Internal server error'],
  503: ['SERVICE_UNAVAILABLE', 'Service unavailable'],
};

function pineconeError({ status, retryAfterSeconds }: Failure): Reply {
  const [code, message] = ERRORS[status] ?? ['UNKNOWN', 'Unknown error'];
  const reply = error(status, code, message);
  if (status !== 429) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterSeconds) } };
}

function error(status: number, code: string, message: string): Reply {
  return json(status, { error: { code, message }, status });
}
