import { operation, type GitHubOperation } from './github-operation.ts';
import { resolveRef } from './github-git.ts';
import { gitHubError, notFound, page, timestamp } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, type GitHubState } from './github-state.ts';
import { field, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';

type Deployment = {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly description: string | null;
  readonly createdAt: string;
  readonly transient: boolean;
  readonly production: boolean;
  readonly statuses: DeploymentStatus[];
};

type DeploymentStatus = {
  readonly id: number;
  readonly state: string;
  readonly createdAt: string;
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
};

/** Deployments and their statuses; a success makes the environment's earlier ones inactive, as GitHub does. */
export function deploymentOperations(state: GitHubState): readonly GitHubOperation[] {
  const deployments: Deployment[] = [];
  const of = ({ params }: Call): Deployment | undefined =>
    deployments.find(({ id }) => id === Number(params['deployment_id']));
  return [
    operation('GET', '/deployments', (call) => {
      const found = deployments.filter((one) => fits(one, call)).toReversed();
      return page(
        call,
        found.map((one) => render(state, one)),
      );
    }),
    operation('POST', '/deployments', (call) => create(state, deployments, call)),
    operation('GET', '/deployments/{deployment_id}', (call) => {
      const found = of(call);
      return found === undefined ? notFound() : json(200, render(state, found));
    }),
    operation('GET', '/deployments/{deployment_id}/statuses', (call) => {
      const found = of(call);
      if (found === undefined) return notFound();
      return page(
        call,
        found.statuses.toReversed().map((status) => renderStatus(state, found, status)),
      );
    }),
    operation('POST', '/deployments/{deployment_id}/statuses', (call) => {
      const found = of(call);
      if (found === undefined) return notFound();
      const status = addStatus(state, found, call.json);
      const superseded = status.state === 'success' && field(call.json, 'auto_inactive') !== false;
      if (superseded) retire(state, deployments, found);
      return json(201, renderStatus(state, found, status));
    }),
  ];
}

function create(state: GitHubState, deployments: Deployment[], { json: body }: Call): Reply {
  const ref = textField(body, 'ref') ?? '';
  const sha = resolveRef(state, ref);
  if (sha === undefined) return gitHubError(422, `No ref found for: ${ref}`);
  const environment = textField(body, 'environment') ?? 'production';
  const deployment: Deployment = {
    id: state.nextId(),
    sha,
    ref,
    environment,
    task: textField(body, 'task') ?? 'deploy',
    payload: field(body, 'payload') ?? {},
    description: textField(body, 'description') ?? null,
    createdAt: timestamp(),
    transient: field(body, 'transient_environment') === true,
    production: field(body, 'production_environment') === true || environment === 'production',
    statuses: [],
  };
  deployments.push(deployment);
  return json(201, render(state, deployment));
}

function addStatus(state: GitHubState, deployment: Deployment, body: unknown): DeploymentStatus {
  const status: DeploymentStatus = {
    id: state.nextId(),
    state: textField(body, 'state') ?? '',
    createdAt: timestamp(),
    description: textField(body, 'description') ?? '',
    logUrl: textField(body, 'log_url') ?? '',
    environmentUrl: textField(body, 'environment_url') ?? '',
  };
  deployment.statuses.push(status);
  return status;
}

function retire(state: GitHubState, deployments: readonly Deployment[], successor: Deployment): void {
  for (const one of deployments) {
    const same = one !== successor && one.environment === successor.environment && !one.transient;
    if (same && one.statuses.at(-1)?.state === 'success') addStatus(state, one, { state: 'inactive' });
  }
}

function fits(deployment: Deployment, { query }: Call): boolean {
  const wanted = (name: string, value: string): boolean => (query.get(name) ?? value) === value;
  const { sha, ref, task, environment } = deployment;
  return (
    wanted('sha', sha) && wanted('ref', ref) && wanted('task', task) && wanted('environment', environment)
  );
}

function render({ repository, author }: GitHubState, deployment: Deployment): unknown {
  const { id, sha, ref, task, environment, payload, description, createdAt, statuses } = deployment;
  const address = `https://api.github.com/repos/${repository}`;
  return resource('deployment', {
    id,
    url: `${address}/deployments/${id}`,
    sha,
    ref,
    task,
    payload,
    environment,
    original_environment: environment,
    description,
    creator: account(author),
    created_at: createdAt,
    updated_at: statuses.at(-1)?.createdAt ?? createdAt,
    statuses_url: `${address}/deployments/${id}/statuses`,
    repository_url: address,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
  });
}

function renderStatus(
  { repository, author }: GitHubState,
  deployment: Deployment,
  status: DeploymentStatus,
): unknown {
  const address = `https://api.github.com/repos/${repository}`;
  return resource('deployment-status', {
    id: status.id,
    url: `${address}/deployments/${deployment.id}/statuses/${status.id}`,
    state: status.state,
    creator: account(author),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: `${address}/deployments/${deployment.id}`,
    repository_url: address,
  });
}
