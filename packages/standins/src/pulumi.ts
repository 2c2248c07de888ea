import { escRoutes, organizationsOf, type EscEnvironments } from './pulumi-esc.ts';
import { pulumiError } from './pulumi-error.ts';
import { exchangeToken } from './pulumi-oidc.ts';
import { json, type Call, type Reply } from './reply.ts';
import { publicRoute, route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** What the Pulumi Cloud stand-in serves. */
export type PulumiOptions = ListenOptions & {
  /** The access token it accepts, as `Authorization: token ...`. */
  readonly token: string;
  readonly environments?: EscEnvironments;
  /** Organizations whose OIDC issuer trusts the runner; default: those of `environments`. */
  readonly oidcOrganizations?: readonly string[];
  /** Environments in one page of the list. Default 100. */
  readonly pageSize?: number;
  /** The signed-in user. Default `sophia-bot`. */
  readonly login?: string;
};

/**
 * Pulumi Cloud as far as ESC (`/api/esc/...`), the signed-in user (`/api/user`) and the OIDC exchange
 * (`/api/oauth/token`) go. A token from the exchange is accepted until it ends.
 */
export async function startPulumi(options: PulumiOptions): Promise<Standin> {
  const environments = options.environments ?? {};
  const organizations = organizationsOf(environments);
  const acceptedUntilMs = new Map<string, number>([[options.token, Infinity]]);
  const issue = (expirationS: number): string => {
    const token = `pul-exchanged-${acceptedUntilMs.size}`;
    acceptedUntilMs.set(token, Date.now() + expirationS * 1_000);
    return token;
  };
  const exchange = (call: Call): Reply =>
    exchangeToken(call, options.oidcOrganizations ?? organizations, issue);
  return startStandin(
    {
      name: 'Pulumi Cloud',
      routes: [
        publicRoute('POST', '/api/oauth/token', exchange),
        route('GET', '/api/user', () => json(200, user(options.login ?? 'sophia-bot', organizations))),
        ...escRoutes(environments, options.pageSize ?? 100),
      ],
      authorize: (call) => {
        const token = /^token (.+)$/.exec(call.headers['authorization'] ?? '')?.[1] ?? '';
        const accepted = (acceptedUntilMs.get(token) ?? 0) > Date.now();
        return accepted ? undefined : pulumiError({ status: 401, retryAfterSeconds: 0, call });
      },
      error: pulumiError,
      named: {},
    },
    options,
  );
}

function user(login: string, organizations: readonly string[]): unknown {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    githubLogin: login,
    name: login,
    email: `${login}@example.com`,
    avatarUrl: '',
    organizations: organizations.map((name) => ({ githubLogin: name, name, avatarUrl: '' })),
    identities: [],
    tokenInfo: { name: 'standin' },
  };
}
