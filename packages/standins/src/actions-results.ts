import { openArtifactStore, type ArtifactStore, type StoredArtifact } from './artifact-store.ts';
import { blobRoutes, signedBlobUrl } from './blob-storage.ts';
import type { Failure } from './failures.ts';
import { field, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';
import { route, type Route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';
import { jwtClaims, unsignedJwt } from './unsigned-jwt.ts';

/** Where the Actions results service keeps artifacts. */
export type ActionsResultsOptions = ListenOptions & {
  /** Made if it is missing; jobs (and the GitHub stand-in) that share it see the same artifacts. */
  readonly folder: string;
};

/** A job, as the results service knows it. */
export type ResultsJob = { readonly runId: number; readonly attempt: number; readonly jobId: string };

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService';
const SIX_HOURS_S = 21_600;

/**
 * The service behind `@actions/artifact` 6: the Twirp methods CreateArtifact, FinalizeArtifact,
 * ListArtifacts, GetSignedArtifactURL, DeleteArtifact, and the blob storage that its URLs point to.
 * A runtime token's signature is not checked; its scope must name the run and job of the request.
 */
export async function startActionsResults(options: ActionsResultsOptions): Promise<Standin> {
  const store = await openArtifactStore(options.folder);
  return startStandin(
    {
      name: 'Actions results service',
      routes: [...twirpRoutes(store), ...blobRoutes(store)],
      authorize: refuseToken,
      error: twirpError,
      named: {},
    },
    options,
  );
}

/** What the runner sets for a job so that artifacts work: the service's address and the job's token. */
export function resultsEnvironment(url: string, job: ResultsJob): Record<string, string> {
  return { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: runtimeToken(job) };
}

/** A job's ACTIONS_RUNTIME_TOKEN: a JWT whose `scp` names run and job. */
function runtimeToken({ runId, attempt, jobId }: ResultsJob): string {
  const now = Math.floor(Date.now() / 1_000);
  const scp = `Actions.GenericRead:${runId} Actions.Results:${runId}.${attempt}:${jobId} Actions.UploadArtifacts:${runId}`;
  return unsignedJwt({
    scp,
    iss: 'https://token.actions.githubusercontent.com',
    nbf: now,
    exp: now + SIX_HOURS_S,
  });
}

function twirpRoutes(store: ArtifactStore): readonly Route[] {
  const method = (name: string, handle: (call: Call) => Promise<Reply>): Route =>
    route('POST', `${SERVICE}/${name}`, handle);
  const ofRun = async (call: Call): Promise<readonly StoredArtifact[]> => {
    const run = textField(call.json, 'workflow_run_backend_id');
    return (await store.list()).filter(({ runBackendId }) => runBackendId === run);
  };
  const named = async (call: Call): Promise<StoredArtifact | undefined> =>
    (await ofRun(call)).find(({ name }) => name === textField(call.json, 'name'));
  return [
    method('CreateArtifact', async (call) => {
      const created = await create(store, call);
      if (created === undefined) return refused(409, 'already_exists', ALREADY_EXISTS);
      return json(200, { ok: true, signed_upload_url: signedBlobUrl(call.url, created) });
    }),
    method('FinalizeArtifact', (call) => finalize(store, call)),
    method('ListArtifacts', async (call) => {
      const [name, id] = [textField(call.json, 'name_filter'), textField(call.json, 'id_filter')];
      const found = (await ofRun(call)).filter(
        (one) => (name === undefined || one.name === name) && (id === undefined || String(one.id) === id),
      );
      return json(200, { artifacts: found.map(listed) });
    }),
    method('GetSignedArtifactURL', async (call) => {
      const found = await named(call);
      return found === undefined
        ? notFound()
        : json(200, { name: found.name, signed_url: signedBlobUrl(call.url, found) });
    }),
    method('DeleteArtifact', async (call) => {
      const found = await named(call);
      if (found === undefined) return notFound();
      await store.remove(found.id);
      return json(200, { ok: true, artifact_id: String(found.id) });
    }),
  ];
}

async function create(store: ArtifactStore, { json: body }: Call): Promise<StoredArtifact | undefined> {
  return store.create({
    runBackendId: textField(body, 'workflow_run_backend_id') ?? '',
    jobBackendId: textField(body, 'workflow_job_run_backend_id') ?? '',
    name: textField(body, 'name') ?? '',
    mimeType: textField(body, 'mime_type') ?? 'application/zip',
    expiresAt: textField(body, 'expires_at'),
  });
}

async function finalize(store: ArtifactStore, { json: body }: Call): Promise<Reply> {
  const run = textField(body, 'workflow_run_backend_id') ?? '';
  const artifact = await store.finalize(run, textField(body, 'name') ?? '');
  if (artifact === undefined) return notFound();
  const hash = textField(body, 'hash');
  if (textField(body, 'size') !== String(artifact.size) || (hash !== undefined && hash !== artifact.digest)) {
    await store.remove(artifact.id);
    return refused(400, 'invalid_argument', 'the size or hash does not match what was uploaded');
  }
  return json(200, { ok: true, artifact_id: String(artifact.id) });
}

function listed(artifact: StoredArtifact): unknown {
  return {
    workflow_run_backend_id: artifact.runBackendId,
    workflow_job_run_backend_id: artifact.jobBackendId,
    database_id: String(artifact.id),
    name: artifact.name,
    size: String(artifact.size),
    created_at: artifact.createdAt,
    digest: artifact.digest,
  };
}

const ALREADY_EXISTS = 'an artifact with this name already exists on the workflow run';

function refused(status: number, code: string, msg: string): Reply {
  return json(status, { code, msg });
}

function notFound(): Reply {
  return refused(404, 'not_found', 'artifact not found');
}

function refuseToken(call: Call): Reply | undefined {
  const token = /^Bearer (.+)$/.exec(call.headers['authorization'] ?? '')?.[1] ?? '';
  const claims = jwtClaims(token);
  const end = claims?.['exp'];
  if (claims === undefined || typeof end !== 'number' || end * 1_000 <= Date.now()) {
    return refused(401, 'unauthenticated', 'Unauthorized');
  }
  const run = field(call.json, 'workflow_run_backend_id');
  const scope = `Actions.Results:${String(run)}:`;
  const allowed = String(claims['scp'])
    .split(' ')
    .some((one) => one.startsWith(scope));
  return allowed ? undefined : refused(403, 'permission_denied', 'the token is not for this workflow run');
}

const CODES: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'bad_route',
  429: 'resource_exhausted',
  500: 'internal',
  503: 'unavailable',
};

function twirpError({ status, retryAfterSeconds }: Failure): Reply {
  const headers = status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return json(status, { code: CODES[status] ?? 'unknown', msg: `HTTP ${status}` }, headers);
}
