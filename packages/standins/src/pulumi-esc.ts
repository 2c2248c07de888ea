import { randomUUID } from 'node:crypto';
import type { EscProperties, EscRange } from './esc-values.ts';
import { findProperty } from './esc-path.ts';
import { pulumiRefusal } from './pulumi-error.ts';
import { json, text, type Call, type Reply } from './reply.ts';
import { route, type Route } from './routes.ts';

/** What is wrong with a definition, and where. */
export type EscDiagnostic = { readonly summary: string; readonly path?: string; readonly range?: EscRange };

/**
 * An environment that is already evaluated. Without `properties` it is broken: opening it gives 400 with
 * its diagnostics. With both, it opens and the answer carries the diagnostics as warnings.
 */
export type EscEnvironment = {
  readonly properties?: EscProperties;
  readonly exprs?: unknown;
  readonly schema?: unknown;
  readonly executionContext?: unknown;
  readonly diagnostics?: readonly EscDiagnostic[];
  /** The definition's text, for `GET .../{env}`. */
  readonly yaml?: string;
  /** Oldest first; default: revision 1. The tag `latest` is always the last. */
  readonly revisions?: readonly EscRevision[];
};

/** A revision of an environment; its properties where they differ from the environment's. */
export type EscRevision = {
  readonly number: number;
  readonly tags?: readonly string[];
  readonly properties?: EscProperties;
};

/** Environments by `organization/project/name`; a function is asked at each request. */
export type EscEnvironments = Readonly<
  Record<string, EscEnvironment | (() => EscEnvironment | Promise<EscEnvironment>)>
>;

type Session = { readonly name: string; readonly opened: EscEnvironment; readonly endsAtMs: number };

const BASE = '/api/esc/environments/{organization}';
const ENVIRONMENT = `${BASE}/{project}/{name}`;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const HOUR_MS = 3_600_000;
const CREATED = '2026-01-01T00:00:00.000Z';

/** The operations under `/api/esc`: list, definition, revisions, tags, open, read, read one property. */
export function escRoutes(environments: EscEnvironments, pageSize: number): readonly Route[] {
  const sessions = new Map<string, Session>();
  const at = (call: Call) => loadAt(environments, call);
  return [
    route('GET', BASE, (call) => list(environments, pageSize, call)),
    route('POST', `${ENVIRONMENT}/open`, async (call) => open(sessions, await at(call), call)),
    route('POST', `${ENVIRONMENT}/versions/{version}/open`, async (call) =>
      open(sessions, await at(call), call),
    ),
    route('GET', `${ENVIRONMENT}/open//{session}`, (call) => read(sessions, call)),
    route('GET', `${ENVIRONMENT}/open/{session}`, (call) => read(sessions, call)),
    route('GET', `${ENVIRONMENT}/versions`, async (call) => withFound(await at(call), versions)),
    route('GET', `${ENVIRONMENT}/versions/tags`, async (call) => withFound(await at(call), tags)),
    route('GET', `${ENVIRONMENT}/versions/{version}`, async (call) => withFound(await at(call), definition)),
    route('GET', ENVIRONMENT, async (call) => withFound(await at(call), definition)),
  ];
}

/** The organizations that own an environment, each once. */
export function organizationsOf(environments: EscEnvironments): string[] {
  return [...new Set(Object.keys(environments).map((name) => name.split('/')[0] ?? ''))];
}

type Found = { readonly environment: EscEnvironment; readonly revision: EscRevision } | Reply;

async function loadAt(environments: EscEnvironments, call: Call): Promise<Found> {
  const name = nameOf(call);
  const entry = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (entry === undefined) return pulumiRefusal(404, `Not Found: environment '${name}' not found`);
  const environment = typeof entry === 'function' ? await entry() : entry;
  const version = call.params['version'] ?? 'latest';
  const revision = revisionsOf(environment).find(
    (one) => String(one.number) === version || one.tags?.includes(version),
  );
  if (revision === undefined)
    return pulumiRefusal(404, `Not Found: revision '${version}' of '${name}' not found`);
  return { environment, revision };
}

function withFound(found: Found, answer: (environment: EscEnvironment) => Reply): Reply {
  return 'status' in found ? found : answer(found.environment);
}

function open(sessions: Map<string, Session>, found: Found, call: Call): Reply {
  if ('status' in found) return found;
  const lifetimeMs = durationMs(call.query.get('duration') ?? '1h');
  if (lifetimeMs === undefined) return pulumiRefusal(400, 'Bad Request: invalid duration');
  const { environment, revision } = found;
  const { diagnostics } = environment;
  const properties = revision.properties ?? environment.properties;
  if (properties === undefined) {
    return pulumiRefusal(400, 'Bad Request: environment has errors', { diagnostics: diagnostics ?? [] });
  }
  const id = randomUUID();
  sessions.set(id, {
    name: nameOf(call),
    opened: { ...environment, properties },
    endsAtMs: Date.now() + lifetimeMs,
  });
  return json(200, { id, ...(diagnostics === undefined ? {} : { diagnostics }) });
}

function read(sessions: Map<string, Session>, call: Call): Reply {
  const session = sessions.get(call.params['session'] ?? '');
  if (session === undefined || session.name !== nameOf(call) || session.endsAtMs <= Date.now()) {
    return pulumiRefusal(404, 'Not Found: open environment session not found');
  }
  const { opened } = session;
  const properties = opened.properties ?? {};
  const path = call.query.get('property');
  if (path !== null) {
    const value = findProperty(properties, path);
    return value === undefined
      ? pulumiRefusal(404, `Not Found: property '${path}' not found`)
      : json(200, value);
  }
  return json(200, {
    exprs: opened.exprs ?? {},
    properties,
    schema: opened.schema ?? {},
    executionContext: opened.executionContext ?? { properties: {}, schema: {} },
  });
}

function list(environments: EscEnvironments, pageSize: number, call: Call): Reply {
  const organization = call.params['organization'] ?? '';
  const all = Object.keys(environments).filter((name) => name.startsWith(`${organization}/`));
  if (all.length === 0) return pulumiRefusal(404, `Not Found: organization '${organization}' not found`);
  const start = Number(call.query.get('continuationToken') ?? 0);
  const page = all.slice(start, start + pageSize).map((full) => {
    const [, project, name] = full.split('/');
    return { organization, project, name, created: CREATED, modified: CREATED };
  });
  const next = start + pageSize < all.length ? String(start + pageSize) : '';
  return json(200, { environments: page, nextToken: next });
}

function versions(environment: EscEnvironment): Reply {
  const newestFirst = revisionsOf(environment).toReversed();
  return json(
    200,
    newestFirst.map(({ number, tags: own = [] }) => ({
      number,
      created: CREATED,
      creatorLogin: 'sophia-bot',
      tags: own,
    })),
  );
}

function tags(environment: EscEnvironment): Reply {
  const all = revisionsOf(environment).flatMap(({ number, tags: own = [] }) =>
    own.map((name) => ({ name, revision: number, created: CREATED, modified: CREATED })),
  );
  return json(200, { tags: all, nextToken: '' });
}

function definition(environment: EscEnvironment): Reply {
  return text(200, environment.yaml ?? 'values: {}\n', { 'content-type': 'application/x-yaml' });
}

function revisionsOf(environment: EscEnvironment): readonly EscRevision[] {
  const own = environment.revisions ?? [{ number: 1 }];
  return own.map((revision, index) =>
    index === own.length - 1 ? { ...revision, tags: [...(revision.tags ?? []), 'latest'] } : revision,
  );
}

function nameOf({ params }: Call): string {
  return `${params['organization']}/${params['project']}/${params['name']}`;
}

/** Go's duration strings as far as they occur here: `5m`, `1h30m`, `250ms`. */
function durationMs(duration: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(duration)) return undefined;
  const parts = duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? HOUR_MS),
    0,
  );
}
