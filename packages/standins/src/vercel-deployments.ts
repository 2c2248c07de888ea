import { json, type Reply } from './reply.ts';
import { route, type Route } from './routes.ts';
import { vercelRolling, type VercelRolling } from './vercel-rolling.ts';

/** A project of the Vercel stand-in, and what its deployments become. */
export type VercelProjectOptions = {
  /** `prj_...` */
  readonly id: string;
  readonly name: string;
  /** `team_...` */
  readonly team: string;
  readonly teamSlug: string;
  /** The production domain. */
  readonly domain: string;
};

/** What tests may look at and change. */
export type VercelDeployments = {
  /** Id of the deployment that the production domain points at; empty: none. */
  production: string;
  /** What new deployments become: READY, ERROR. */
  becomes: string;
  /** False: a promotion is accepted and skipped. */
  promotes: boolean;
  readonly rolling: VercelRolling;
  readonly routes: readonly Route[];
};

type Deployment = { readonly id: string; readonly url: string; readonly readyState: string };

const NOT_FOUND = json(404, {
  error: { code: 'not_found', message: 'The requested resource was not found.' },
});

const teamOf = ({ team, teamSlug }: VercelProjectOptions) => ({ id: team, slug: teamSlug, name: teamSlug });

const describe = (options: VercelProjectOptions, deployment: Deployment) => ({
  ...deployment,
  name: options.name,
  target: 'production',
  ownerId: options.team,
  projectId: options.id,
  team: teamOf(options),
  creator: { uid: 'standin', username: 'sophia-bot' },
  createdAt: Date.now(),
  aliasAssigned: true,
  alias: [],
  regions: [],
});

/**
 * As much of Vercel's API as the Vercel CLI (60) uses to pull, deploy a prebuilt output with `--skip-domain`, promote,
 * and lead a rolling release. Files are inline in the request for a deployment or uploaded; nothing is kept of them.
 */
export function vercelDeployments(options: VercelProjectOptions): VercelDeployments {
  const deployments = new Map<string, Deployment>();
  let last: unknown = null;
  const make = (): Deployment => {
    const number = deployments.size + 1;
    const url = `${options.name}-${number}.vercel.app`;
    const made = { id: `dpl_${number}`, url, readyState: state.becomes };
    deployments.set(made.id, made);
    return made;
  };
  const find = (name: string): Reply => {
    const id = name === options.domain ? state.production : name;
    const found = [...deployments.values()].find((one) => one.id === id || one.url === id);
    return found === undefined ? NOT_FOUND : json(200, describe(options, found));
  };
  const promote = (id: string): Reply => {
    if (!deployments.has(id)) return NOT_FOUND;
    const begun = rolling.promote(id);
    if (begun !== undefined) return begun;
    if (state.promotes) state.production = id;
    const jobStatus = state.promotes ? 'succeeded' : 'skipped';
    last = { type: 'promote', jobStatus, requestedAt: Date.now(), toDeploymentId: id };
    return json(201, {});
  };
  const rolling = vercelRolling({
    project: options.id,
    has: (id) => deployments.has(id),
    serve: (id) => (state.production = id),
  });
  const state: VercelDeployments = {
    rolling,
    production: '',
    becomes: 'READY',
    promotes: true,
    routes: [
      ...accountRoutes(options, () => ({
        production: state.production,
        last,
        rollingRelease: rolling.settings,
      })),
      ...rolling.routes,
      route('POST', '/v13/deployments', () => json(200, describe(options, make()))),
      route('GET', '/v13/deployments/{name}', ({ params }) => find(params['name'] ?? '')),
      route('GET', '/v3/now/deployments/{id}/events', () => json(200, [])),
      route('POST', '/v10/projects/{project}/promote/{id}', ({ params }) => promote(params['id'] ?? '')),
    ],
  };
  state.production = make().id;
  return state;
}

function accountRoutes(
  options: VercelProjectOptions,
  now: () => { readonly production: string; readonly last: unknown; readonly rollingRelease: unknown },
): readonly Route[] {
  const project = () => {
    const { production, last, rollingRelease } = now();
    return {
      id: options.id,
      name: options.name,
      accountId: options.team,
      link: null,
      framework: null,
      rootDirectory: null,
      nodeVersion: '24.x',
      targets: production === '' ? {} : { production: { id: production, alias: [options.domain] } },
      lastAliasRequest: last,
      rollingRelease,
    };
  };
  const teams = { teams: [teamOf(options)], pagination: { count: 1, next: null } };
  return [
    route('GET', '/v1/teams', () => json(200, teams)),
    route('GET', '/teams/{id}', () => json(200, teamOf(options))),
    route('GET', '/v9/projects/{id}', ({ params }) =>
      params['id'] === options.id ? json(200, project()) : NOT_FOUND,
    ),
    route('GET', '/v3/env/pull/{id}/{target}', () => json(200, { env: {}, buildEnv: {} })),
    route('POST', '/v2/files', () => json(200, { urls: [] })),
  ];
}
