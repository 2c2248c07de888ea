import { join } from 'node:path';
import type { Json } from '../expressions/expression-data.ts';
import type { JobServices } from '../run-options.ts';
import type { Run } from '../run.ts';

type JsonObject = { readonly [key: string]: Json };

/** The keys of the `github` context that become GITHUB_* variables (the runner's list). */
const EXPORTED = new Set([
  'action', 'action_path', 'action_ref', 'action_repository', 'actor', 'actor_id', 'api_url', 'base_ref', 'env',
  'event_name', 'event_path', 'graphql_url', 'head_ref', 'job', 'output', 'path', 'ref', 'ref_name', 'ref_protected',
  'ref_type', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'retention_days',
  'run_attempt', 'run_id', 'run_number', 'server_url', 'sha', 'state', 'step_summary', 'triggering_actor', 'workflow',
  'workflow_ref', 'workflow_sha', 'workspace',
]); // prettier-ignore

/** GitHub keeps artifacts for 90 days unless told otherwise. */
const RETENTION_DAYS = '90';

function refFacts(ref: string): JsonObject {
  const kind = ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  return {
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: kind,
    ref_protected: false,
  };
}

/** The `github` context of a run as far as it is the same for all jobs; also what `if` of a job sees. */
export function runGithubContext(run: Run): JsonObject {
  const { context, plan } = run;
  const workflowPath = plan.workflow.file;
  return {
    ...refFacts(context.ref),
    actor: context.actor,
    actor_id: '1',
    triggering_actor: context.actor,
    repository: context.repository,
    repository_id: '1',
    repository_owner: context.repository.split('/')[0] ?? '',
    repository_owner_id: '1',
    repositoryUrl: `git://github.com/${context.repository}.git`,
    sha: context.sha,
    head_ref: context.headRef,
    base_ref: context.baseRef,
    run_id: String(context.runId),
    run_number: String(context.runNumber),
    run_attempt: String(context.attempt),
    retention_days: RETENTION_DAYS,
    event_name: run.event,
    event: run.payload,
    workflow: plan.workflow.name,
    workflow_ref: `${context.repository}/${workflowPath}@${context.ref}`,
    workflow_sha: context.sha,
    server_url: 'https://github.com',
    api_url: 'https://api.github.com',
    graphql_url: 'https://api.github.com/graphql',
  };
}

/** The `github` context of one job: with its token, its folders, and the addresses of its services. */
export function jobGithubContext(
  run: Run,
  job: { id: string; workspace: string; temp: string; services: JobServices },
): JsonObject {
  const addresses = Object.entries(job.services.stepEnv).flatMap(([name, value]) =>
    name.startsWith('GITHUB_') ? [[name.slice('GITHUB_'.length).toLowerCase(), value]] : [],
  );
  return {
    ...runGithubContext(run),
    ...Object.fromEntries(addresses),
    token: job.services.token,
    job: job.id,
    workspace: job.workspace,
    event_path: join(job.temp, '_github_workflow', 'event.json'),
  };
}

/** @returns the GITHUB_* variables of a `github` context. */
export function githubVariables(context: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) =>
      EXPORTED.has(key) && value !== null && typeof value !== 'object'
        ? [[`GITHUB_${key.toUpperCase()}`, String(value)]]
        : [],
    ),
  );
}
