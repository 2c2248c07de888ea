import { randomUUID } from 'node:crypto';
import type { Failure } from './failures.ts';
import { json, type Reply } from './reply.ts';
import { route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';
import { unsignedJwt } from './unsigned-jwt.ts';

/** Whose job asks for an ID token. */
export type ActionsOidcOptions = ListenOptions & {
  /** The job's ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly token: string;
  /** `owner/name`. Default `ai-cherry/sophia`. */
  readonly repository?: string;
  /** Claims on top of the defaults, e.g. `ref`, `sha`, `environment`, `run_id`. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** GitHub's ID tokens live five minutes. */
const LIFETIME_S = 300;
const PATH = '/idtoken/standin';

/** The endpoint of `core.getIDToken()`. Its tokens are unsigned: nothing that checks signatures takes them. */
export async function startActionsOidc(options: ActionsOidcOptions): Promise<Standin> {
  return startStandin(
    {
      name: 'Actions OIDC',
      routes: [
        route('GET', PATH, ({ query }) => {
          const value = unsignedJwt(claimsOf(options, query.get('audience')));
          return json(200, { count: value.length, value });
        }),
      ],
      authorize: (call) =>
        call.headers['authorization'] === `Bearer ${options.token}`
          ? undefined
          : oidcError({ status: 401, retryAfterSeconds: 0, call }),
      error: oidcError,
      named: {},
    },
    options,
  );
}

/** What the runner sets for a job with `id-token: write`. */
export function oidcEnvironment(url: string, token: string): Record<string, string> {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}${PATH}?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
  };
}

function claimsOf(
  { repository = 'ai-cherry/sophia', claims = {} }: ActionsOidcOptions,
  audience: string | null,
) {
  const [owner = ''] = repository.split('/');
  const now = Math.floor(Date.now() / 1_000);
  const ref = typeof claims['ref'] === 'string' ? claims['ref'] : 'refs/heads/main';
  const environment = claims['environment'];
  const subject = typeof environment === 'string' ? `environment:${environment}` : `ref:${ref}`;
  return {
    jti: randomUUID(),
    iss: 'https://token.actions.githubusercontent.com',
    sub: `repo:${repository}:${subject}`,
    aud: audience ?? `https://github.com/${owner}`,
    repository,
    repository_owner: owner,
    ref,
    iat: now,
    nbf: now - LIFETIME_S,
    exp: now + LIFETIME_S,
    ...claims,
  };
}

function oidcError({ status }: Failure): Reply {
  return json(status, { message: status === 401 ? 'Unauthorized' : `HTTP ${status}` });
}
