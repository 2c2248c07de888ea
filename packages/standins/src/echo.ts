import { empty, json, text, type Call, type Reply } from './reply.ts';
import { publicRoute } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/**
 * An HTTP server without a service behind it:
 * `/echo` tells what was asked; `/status/{code}` answers that status; `/redirect?to=URL[&status=307]`
 * sends there; `/loop` redirects to itself; `/health` is `{"status":"ok"}`; `/text?lines=N` is that many
 * lines beginning with `::`, as a workflow command would.
 */
export async function startEcho(options: ListenOptions = {}): Promise<Standin> {
  return startStandin(
    {
      name: 'Echo',
      routes: [
        publicRoute('*', '/echo', echo),
        publicRoute('*', '/status/{code}', ({ params }) =>
          json(Number(params['code']), { status: Number(params['code']) }),
        ),
        publicRoute('*', '/redirect', ({ query }) =>
          redirect(query.get('to') ?? '/echo', query.get('status')),
        ),
        publicRoute('*', '/loop', () => redirect('/loop', null)),
        publicRoute('GET', '/health', () => json(200, { status: 'ok' })),
        publicRoute('GET', '/text', ({ query }) =>
          text(200, '::error::not a command of ours\n'.repeat(Number(query.get('lines') ?? 1))),
        ),
      ],
      authorize: () => undefined,
      error: ({ status, retryAfterSeconds }) =>
        json(status, { error: status }, status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {}),
      named: {},
    },
    options,
  );
}

function echo({ method, path, query, headers, body }: Call): Reply {
  return json(200, { method, path, query: Object.fromEntries(query), headers, body: body.toString('utf8') });
}

function redirect(location: string, status: string | null): Reply {
  return empty(Number(status ?? 302), { location });
}
