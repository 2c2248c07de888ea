import { runIdOf, type ArtifactStore, type StoredArtifact } from './artifact-store.ts';
import { signedBlobUrl } from './blob-storage.ts';
import { operation, type GitHubOperation } from './github-operation.ts';
import { notFound, page } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, type GitHubState, type WorkflowJob, type WorkflowRun } from './github-state.ts';
import { empty, json, type Call } from './reply.ts';

/** Workflow runs, and the artifacts that jobs uploaded to the results service's folder. */
export function runOperations(
  state: GitHubState,
  store: ArtifactStore | undefined,
): readonly GitHubOperation[] {
  const artifacts = async (): Promise<readonly StoredArtifact[]> => (await store?.list()) ?? [];
  const artifactOf = async ({ params }: Call): Promise<StoredArtifact | undefined> =>
    (await artifacts()).find(({ id }) => id === Number(params['artifact_id']));
  const listed = (call: Call, found: readonly StoredArtifact[]) => {
    const named = found.filter(({ name }) => (call.query.get('name') ?? name) === name).toReversed();
    return page(call, named, (items) => ({
      total_count: named.length,
      artifacts: items.map((item) => renderArtifact(state, item)),
    }));
  };
  return [
    operation('GET', '/actions/runs', (call) => {
      const found = state.runs.filter((run) => fits(run, call)).toSorted((a, b) => b.id - a.id);
      const wrap = (items: readonly WorkflowRun[]) => items.map((run) => renderRun(state, run));
      return page(call, found, (items) => ({ total_count: found.length, workflow_runs: wrap(items) }));
    }),
    operation('GET', '/actions/runs/{run_id}', ({ params }) => {
      const run = state.runs.find(({ id }) => id === Number(params['run_id']));
      return run === undefined ? notFound() : json(200, renderRun(state, run));
    }),
    operation('GET', '/actions/runs/{run_id}/artifacts', async (call) => {
      const run = Number(call.params['run_id']);
      return listed(
        call,
        (await artifacts()).filter((one) => runIdOf(one) === run),
      );
    }),
    jobsOperation(state),
    operation('GET', '/actions/artifacts', async (call) => listed(call, await artifacts())),
    operation('GET', '/actions/artifacts/{artifact_id}', async (call) => {
      const found = await artifactOf(call);
      return found === undefined ? notFound() : json(200, renderArtifact(state, found));
    }),
    operation('DELETE', '/actions/artifacts/{artifact_id}', async (call) => {
      const found = await artifactOf(call);
      if (found === undefined) return notFound();
      await store?.remove(found.id);
      return empty(204);
    }),
    operation('GET', '/actions/artifacts/{artifact_id}/{archive_format}', async (call) => {
      const found = await artifactOf(call);
      if (found === undefined || call.params['archive_format'] !== 'zip') return notFound();
      return empty(302, { location: signedBlobUrl(call.url, found) });
    }),
  ];
}

function fits(run: WorkflowRun, { query }: Call): boolean {
  const wanted = (name: string, value: string): boolean => (query.get(name) ?? value) === value;
  const { status = 'completed', conclusion = 'success', event = 'push', headBranch = 'main', headSha } = run;
  const state = query.get('status');
  return (
    wanted('branch', headBranch) &&
    wanted('event', event) &&
    wanted('head_sha', headSha) &&
    (state === null || state === status || state === conclusion)
  );
}

function renderRun(state: GitHubState, run: WorkflowRun): unknown {
  const {
    id,
    attempt = 1,
    createdAt = '2026-01-01T00:00:00Z',
    status = 'completed',
    conclusion = 'success',
  } = run;
  return resource('workflow-run', {
    id,
    name: run.name ?? 'Sophia AI Master Deployment Pipeline',
    path: run.path ?? '.github/workflows/sophia-master-deployment.yml',
    head_branch: run.headBranch ?? 'main',
    head_sha: run.headSha,
    run_number: id,
    run_attempt: attempt,
    event: run.event ?? 'push',
    status,
    conclusion: status === 'completed' ? conclusion : null,
    html_url: `https://github.com/${state.repository}/actions/runs/${id}`,
    created_at: createdAt,
    updated_at: createdAt,
    run_started_at: createdAt,
    repository: repositoryOf(state.repository),
    head_repository: repositoryOf(run.headRepository ?? state.repository),
  });
}

function jobsOperation(state: GitHubState): GitHubOperation {
  return operation('GET', '/actions/runs/{run_id}/attempts/{attempt_number}/jobs', (call) => {
    const { run_id: id, attempt_number: attempt } = call.params;
    const run = state.runs.find((one) => one.id === Number(id) && (one.attempt ?? 1) === Number(attempt));
    if (run === undefined) return notFound();
    const jobs = run.jobs ?? [];
    return page(call, jobs, (items) => ({
      total_count: jobs.length,
      jobs: items.map((job) => renderJob(run, job)),
    }));
  });
}

function renderJob(run: WorkflowRun, job: WorkflowJob): unknown {
  const isDone = job.completedAt !== null;
  return resource('job', {
    ...{ run_id: run.id, run_attempt: run.attempt ?? 1, name: job.name, head_sha: run.headSha },
    ...{
      status: isDone ? 'completed' : 'in_progress',
      conclusion: isDone ? (job.conclusion ?? 'success') : null,
    },
    ...{ created_at: job.startedAt, started_at: job.startedAt, completed_at: job.completedAt, steps: [] },
  });
}

function repositoryOf(fullName: string): unknown {
  const [owner = '', name = ''] = fullName.split('/');
  return { full_name: fullName, name, owner: account(owner) };
}

function renderArtifact(state: GitHubState, artifact: StoredArtifact): unknown {
  const url = `https://api.github.com/repos/${state.repository}/actions/artifacts/${artifact.id}`;
  const run = state.runs.find(({ id }) => id === runIdOf(artifact));
  const seconds = (date: string): string => date.replace(/\.\d{3}Z$/, 'Z');
  return resource('artifact', {
    id: artifact.id,
    name: artifact.name,
    size_in_bytes: artifact.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: Date.parse(artifact.expiresAt) <= Date.now(),
    created_at: seconds(artifact.createdAt),
    updated_at: seconds(artifact.createdAt),
    expires_at: seconds(artifact.expiresAt),
    digest: artifact.digest,
    workflow_run: {
      id: runIdOf(artifact),
      repository_id: 1,
      head_repository_id: (run?.headRepository ?? state.repository) === state.repository ? 1 : 2,
      head_branch: run?.headBranch ?? state.defaultBranch,
      head_sha: run?.headSha ?? '',
    },
  });
}
