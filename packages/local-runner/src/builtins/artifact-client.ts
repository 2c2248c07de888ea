import { createHash } from 'node:crypto';
import { SophiaError } from '@sophia/core/errors';
import type { BuiltinCall } from './builtin.ts';

/** An artifact in the results service's list. */
export interface ListedArtifact {
  readonly id: string;
  readonly name: string;
  /** `sha256:` and hex digits; empty if the service gave none. */
  readonly digest: string;
}

/** The run and the job as the results service knows them. */
interface BackendIds {
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
}

const SERVICE = 'twirp/github.actions.results.api.v1.ArtifactService';

/** The service's version of the protocol for zip artifacts. */
const PROTOCOL_VERSION = 7;

const MS_PER_DAY = 24 * 60 * 60 * 1000;

function protocolError(message: string): SophiaError {
  return new SophiaError('protocol', { message, hint: 'see the log of the results service' });
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const textOf = (value: unknown, key: string): string => String(fieldOf(value, key) ?? '');

/** The token's scope names run and job: `Actions.Results:<run>:<job>`. */
function backendIds(token: string): BackendIds {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const [, run, job] = /Actions\.Results:([^:\s"]+):([^:\s"]+)/.exec(payload) ?? [];
  if (run === undefined || job === undefined) {
    throw protocolError('ACTIONS_RUNTIME_TOKEN names no run and job for the results service');
  }
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job };
}

/** Talks to the Actions results service of a job, as @actions/artifact does. */
export class ArtifactClient {
  private readonly url: string;
  private readonly token: string;
  private readonly ids: BackendIds;
  private readonly signal: AbortSignal;

  /** @throws SophiaError `unsupported` if the job has no results service. */
  constructor(call: Pick<BuiltinCall, 'env' | 'signal'>) {
    const { ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: token } = call.env;
    if (url === undefined || token === undefined) {
      throw new SophiaError('unsupported', {
        message: 'artifacts need a results service, and this run was started without one',
        hint: 'give ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN through openJob',
      });
    }
    this.url = url;
    this.token = token;
    this.ids = backendIds(token);
    this.signal = call.signal;
  }

  /**
   * Stores a zip under a name.
   *
   * @throws SophiaError `state` if the run already has an artifact of this name
   */
  async upload(
    name: string,
    zip: Uint8Array<ArrayBuffer>,
    retentionDays: number | undefined,
  ): Promise<{ id: string; digest: string }> {
    const expiry =
      retentionDays === undefined
        ? {}
        : { expires_at: new Date(Date.now() + retentionDays * MS_PER_DAY).toISOString() };
    const created = await this.post('CreateArtifact', {
      ...this.ids,
      name,
      version: PROTOCOL_VERSION,
      mime_type: 'application/zip',
      ...expiry,
    });
    await this.putBlob(textOf(created, 'signed_upload_url'), zip);
    const digest = `sha256:${createHash('sha256').update(zip).digest('hex')}`;
    const final = await this.post('FinalizeArtifact', {
      ...this.ids,
      name,
      size: String(zip.length),
      hash: digest,
    });
    return { id: textOf(final, 'artifact_id'), digest };
  }

  async list(): Promise<ListedArtifact[]> {
    const answer = fieldOf(await this.post('ListArtifacts', this.ids), 'artifacts');
    const artifacts: unknown[] = Array.isArray(answer) ? answer : [];
    return artifacts.map((item) => ({
      id: textOf(item, 'database_id'),
      name: textOf(item, 'name'),
      digest: textOf(item, 'digest'),
    }));
  }

  /**
   * @returns the artifact's zip
   * @throws SophiaError `protocol` if it is not what was uploaded
   */
  async download(artifact: ListedArtifact): Promise<Uint8Array> {
    const answer = await this.post('GetSignedArtifactURL', { ...this.ids, name: artifact.name });
    const response = await fetch(textOf(answer, 'signed_url'), { signal: this.signal });
    if (!response.ok)
      throw protocolError(`the artifact '${artifact.name}' cannot be read: HTTP ${response.status}`);
    const zip = new Uint8Array(await response.arrayBuffer());
    const digest = `sha256:${createHash('sha256').update(zip).digest('hex')}`;
    if (artifact.digest !== '' && artifact.digest !== digest) {
      throw protocolError(
        `the artifact '${artifact.name}' was changed: its digest is not the one of the upload`,
      );
    }
    return zip;
  }

  async remove(name: string): Promise<void> {
    await this.post('DeleteArtifact', { ...this.ids, name });
  }

  private async putBlob(url: string, zip: Uint8Array<ArrayBuffer>): Promise<void> {
    const separator = url.includes('?') ? '&' : '?';
    const block = Buffer.from('block-0').toString('base64');
    const list = `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>${block}</Latest></BlockList>`;
    await this.put(`${url}${separator}comp=block&blockid=${encodeURIComponent(block)}`, zip);
    await this.put(`${url}${separator}comp=blocklist`, list);
  }

  private async put(url: string, body: Uint8Array<ArrayBuffer> | string): Promise<void> {
    const response = await fetch(url, { method: 'PUT', body, signal: this.signal });
    await response.arrayBuffer();
    if (!response.ok) throw protocolError(`the upload was refused: HTTP ${response.status}`);
  }

  private async post(method: string, body: object): Promise<unknown> {
    const response = await fetch(new URL(`${SERVICE}/${method}`, this.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: this.signal,
    });
    const text = await response.text();
    if (response.status === 409) {
      throw new SophiaError('state', {
        message: 'an artifact with this name already exists in this run',
        hint: 'give each artifact its own name, or set overwrite: true',
      });
    }
    if (!response.ok) throw protocolError(`${method}: HTTP ${response.status}`);
    return JSON.parse(text) as unknown;
  }
}
