import type { EscProperties } from '@sophia/core/esc/esc-value';

import type { CloudClient } from './cloud-client.ts';
import { lasting } from './cloud-failure.ts';
import type { Attempted } from './cloud-failure.ts';
import { brokenEnvironment, readDiagnostics } from './diagnostics.ts';
import { renderEscReference } from './esc-reference.ts';
import type { EscReference } from './esc-reference.ts';
import { createHttpClient } from './http-client.ts';
import type { RequestOptions, Response } from './http-client.ts';
import { header, readJson, readRefusal } from './read-answer.ts';
import type { CloudAnswer } from './read-answer.ts';
import { readProperties } from './read-properties.ts';

/** As short as Pulumi Cloud's own examples: the session is read at once and never again. */
const SESSION = '5m';

/** An environment as it was opened. */
export interface OpenedEnvironment {
  readonly properties: EscProperties;
  /** What Pulumi Cloud found odd and opened all the same; each with its place. */
  readonly warnings: readonly string[];
  /** The revision as far as Pulumi Cloud tells, else the version that was asked for, else empty. */
  readonly revision: string;
}

/** The operations of the SDK that are used. Both take the options of each request. */
interface EscOperations {
  readonly open: (options: RequestOptions) => Promise<Response>;
  readonly read: (session: string, options: RequestOptions) => Promise<Response>;
}

/**
 * Opens an environment and reads it: two requests, and more only after what may pass.
 *
 * @throws SophiaError `configuration` with every diagnostic of a broken definition, else as the service answers
 */
export async function openEnvironment(
  client: CloudClient,
  reference: EscReference,
  token: string,
): Promise<OpenedEnvironment> {
  const operations = await escOperations(client.url, reference, token);
  const name = renderEscReference(reference);
  const session = await client.perform({
    what: `open ${name}`,
    send: operations.open,
    read: (answer) => readSession(answer, name),
    refusal: (answer) => readBroken(answer, name),
  });
  const properties = await client.perform({
    what: `read ${name}`,
    send: (options) => operations.read(session.id, options),
    read: readOpened,
  });
  return {
    properties,
    warnings: session.warnings,
    revision: session.revision || (reference.version ?? ''),
  };
}

async function escOperations(url: string, reference: EscReference, token: string): Promise<EscOperations> {
  const { EscRawApi, Configuration } = await import('@pulumi/esc-sdk');
  // The SDK leaves the prefix away where a token itself begins with "token"; with it in place, it adds none.
  const configuration = new Configuration({ accessToken: `token ${token}`, basePath: `${url}/api/esc` });
  const api = new EscRawApi(configuration, undefined, await createHttpClient());
  const { organization, project, name, version } = reference;
  return {
    open: (options) =>
      version === undefined
        ? api.openEnvironment(organization, project, name, SESSION, options)
        : api.openEnvironmentAtVersion(organization, project, name, version, SESSION, options),
    read: (session, options) => api.readOpenEnvironment(organization, project, name, session, options),
  };
}

interface OpenSession {
  readonly id: string;
  readonly warnings: readonly string[];
  readonly revision: string;
}

function readSession(answer: CloudAnswer, name: string): Attempted<OpenSession> {
  const json = readJson(answer);
  if ('failure' in json) return json;
  const { id, diagnostics } = json.value;
  const found = readDiagnostics(diagnostics, name);
  if (typeof id === 'string' && id !== '') {
    return { value: { id, warnings: found, revision: header(answer, 'pulumi-esc-revision') } };
  }
  if (found.length > 0) return { failure: { error: brokenEnvironment(name, found), transient: false } };
  return unexpected('opening the environment gave no session');
}

/** A broken definition is a 400 like any other but for its diagnostics. */
function readBroken(answer: CloudAnswer, name: string) {
  if (answer.status !== 400) return undefined;
  const found = readDiagnostics(readRefusal(answer)['diagnostics'], name);
  return found.length === 0 ? undefined : { error: brokenEnvironment(name, found), transient: false };
}

function readOpened(answer: CloudAnswer): Attempted<EscProperties> {
  const json = readJson(answer);
  if ('failure' in json) return json;
  // An environment without any value has no `properties` at all.
  const properties = readProperties(json.value['properties'] ?? {});
  return properties === undefined
    ? unexpected('the values have not the shape of ESC')
    : { value: properties };
}

const unexpected = (message: string) =>
  lasting('protocol', {
    message,
    hint: 'check `cloud-url`: something else than Pulumi Cloud may answer there',
  });
