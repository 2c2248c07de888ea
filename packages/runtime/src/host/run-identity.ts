import { readFileSync } from 'node:fs';

import type { RunIdentity } from '@sophia/core/report/envelope';

import type { EventContext, Variables } from './host.ts';

/** @returns who and what runs, from the runner's variables. */
export function runIdentity(variables: Variables): RunIdentity {
  return {
    repository: variables['GITHUB_REPOSITORY'] ?? '',
    sha: variables['GITHUB_SHA'] ?? '',
    runId: Number(variables['GITHUB_RUN_ID'] ?? 0),
    attempt: Number(variables['GITHUB_RUN_ATTEMPT'] ?? 1),
    job: variables['GITHUB_JOB'] ?? '',
    actor: variables['GITHUB_ACTOR'] ?? '',
    event: variables['GITHUB_EVENT_NAME'] ?? '',
    ref: variables['GITHUB_REF'] ?? '',
  };
}

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const part = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isJson(inner) ? inner[key] : undefined), value);

function readPayload(path: string | undefined): Json {
  if (path === undefined || path === '') return {};
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isJson(payload) ? payload : {};
  } catch {
    return {};
  }
}

/**
 * @returns what the event tells. A pull request whose head repository is gone or is not this one is a fork's:
 *   where the payload does not say, nothing is trusted.
 */
export function eventContext(variables: Variables): EventContext {
  const payload = readPayload(variables['GITHUB_EVENT_PATH']);
  const request = part(payload, 'pull_request') ?? part(payload, 'workflow_run', 'pull_requests', '0');
  const number =
    part(request, 'number') ?? (part(payload, 'issue', 'pull_request') && part(payload, 'issue', 'number'));
  const base = variables['GITHUB_REPOSITORY'] ?? '';
  const head =
    part(payload, 'pull_request', 'head', 'repo', 'full_name') ??
    part(payload, 'workflow_run', 'head_repository', 'full_name');
  const name = variables['GITHUB_EVENT_NAME'] ?? '';
  const hasHead = name.startsWith('pull_request') || name === 'workflow_run';
  return {
    name,
    pullRequest: typeof number === 'number' ? number : undefined,
    fork: hasHead && head !== base,
    payload,
  };
}
