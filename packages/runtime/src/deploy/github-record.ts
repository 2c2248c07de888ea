import type { DeploymentState } from '@sophia/core/deploy/state';
import { messageOf } from '@sophia/core/errors';

import type { GitHub } from '../github/github.ts';
import type { Session } from '../host/session.ts';
import { noRecord } from './deployment-record.ts';
import type { DeploymentRecord } from './deployment-record.ts';

/** The record is waited for so long at the end; after a cancel there is no time for it. */
const PATIENCE_MS = 10_000;
const PATIENCE_AFTER_CANCEL_MS = 500;
/** GitHub's limit for the description of a status. */
const LONGEST_DESCRIPTION = 140;

export interface RecordRequest {
  readonly session: Session;
  readonly token: string;
  readonly deploymentId: string;
  readonly environment: string;
  readonly commit: string;
}

/**
 * Opens the deployment's record on GitHub (a Deployment and its statuses), where there is a token and a repository.
 * Trouble with it is a warning.
 */
export function openDeploymentRecord(request: RecordRequest): DeploymentRecord {
  const { host } = request.session;
  if (request.token === '' || host.run.repository === '' || request.commit === '') return noRecord;
  return new GitHubRecord(request);
}

interface Found {
  readonly github: GitHub;
  readonly id: number;
}

class GitHubRecord implements DeploymentRecord {
  readonly #request: RecordRequest;
  #work: Promise<Found | undefined>;

  constructor(request: RecordRequest) {
    this.#request = request;
    this.#work = this.#open().catch((error: unknown) => this.#warn(error));
    this.#say('in_progress', 'in progress');
  }

  async close({ state, head, cancelled }: Parameters<DeploymentRecord['close']>[0]): Promise<void> {
    const words =
      cancelled && state.result === null ? 'cancelled, unfinished' : (state.result ?? 'unfinished');
    this.#say(githubState(state), `${words}; journal head ${head}`);
    const { clock } = this.#request.session.host;
    await Promise.race([this.#work, clock.sleep(cancelled ? PATIENCE_AFTER_CANCEL_MS : PATIENCE_MS)]);
  }

  #warn(error: unknown): undefined {
    this.#request.session.host.log.warning(`the deployment is not recorded on GitHub: ${messageOf(error)}`);
    return undefined;
  }

  /** One after the other: statuses have an order. */
  #say(status: string, description: string): void {
    this.#work = this.#work
      .then(async (found) => {
        if (found === undefined) return undefined;
        await found.github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          deployment_id: found.id,
          state: status,
          description: description.slice(0, LONGEST_DESCRIPTION),
          log_url: this.#logUrl(),
          environment: this.#request.environment,
        });
        return found;
      })
      .catch((error: unknown) => this.#warn(error));
  }

  #logUrl(): string {
    const { host } = this.#request.session;
    const server = host.variables['GITHUB_SERVER_URL'] ?? 'https://github.com';
    return `${server}/${host.run.repository}/actions/runs/${host.run.runId}/attempts/${host.run.attempt}`;
  }

  /** A run that goes on with a deployment keeps its record. */
  async #open(): Promise<Found> {
    const { session, token, deploymentId, environment, commit } = this.#request;
    const { openGitHub } = await import('../github/github.ts');
    const { host } = session;
    const apiUrl = host.variables['GITHUB_API_URL'] ?? 'https://api.github.com';
    const github = await openGitHub({ ...host, token, repository: host.run.repository, apiUrl });
    const listed = await github.request('GET /repos/{owner}/{repo}/deployments', {
      environment,
      per_page: 30,
    });
    const known = Array.isArray(listed.data)
      ? listed.data.find((one) => idIn(one) === deploymentId)
      : undefined;
    if (known !== undefined) return { github, id: numberOf(known) };
    const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
      ref: commit,
      environment,
      auto_merge: false,
      required_contexts: [],
      description: deploymentId,
      payload: { deploymentId },
      production_environment: environment === 'production',
    });
    return { github, id: numberOf(data) };
  }
}

/** GitHub keeps a payload as it came: as a map, or as the text of one. */
function idIn(deployment: unknown): string | undefined {
  const payload = fieldOf(deployment, 'payload');
  const map = typeof payload === 'string' ? parsed(payload) : payload;
  const id = fieldOf(map, 'deploymentId');
  return typeof id === 'string' ? id : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numberOf(deployment: unknown): number {
  const id = fieldOf(deployment, 'id');
  if (typeof id !== 'number') throw new Error('GitHub answered without the id of the deployment');
  return id;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function githubState({ result }: DeploymentState): string {
  if (result === 'success' || result === 'warning') return 'success';
  return result === null ? 'error' : 'failure';
}
