import { configurationError } from '../config/config-errors.ts';
import type { Issue, Place } from '../config/located.ts';
import type { McpConfig, ServerConfig } from '../config/schema.ts';
import { SophiaError } from '../errors.ts';
import { findCycle } from '../graph.ts';
import { didYouMean } from '../nearest-name.ts';
import { sameEnvironment } from './registry/keys.ts';
import { isPort } from './registry/registry.ts';
import type { Launch, PortClaim, Registry, RegistryServer } from './registry/registry.ts';
import { needsPort } from './server-spec.ts';
import type { HealthSpec, ServerSpec } from './server-spec.ts';

/** What a fleet is made of: the section `mcp`, the registry, or both. */
export interface FleetSources {
  readonly mcp: McpConfig;
  /** How the configuration is called in messages. */
  readonly file: string;
  /** Where a key of the configuration stands. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
  readonly registry: Registry | undefined;
  /** The environment whose ports are meant, where a registry has several; absent: none is known. */
  readonly environment?: string;
}

/** The servers of a fleet in the order of the file, and those of the registry that run elsewhere. */
export interface Fleet {
  readonly servers: readonly ServerSpec[];
  readonly remote: readonly { readonly name: string; readonly url: string }[];
}

interface Problem extends Issue {
  readonly file: string;
}

/**
 * Puts configuration and registry together: the configuration's own port wins, else the registry's plus the offset.
 *
 * @throws SophiaError `configuration` with every problem at its line: a server without a port that it needs, one port
 *   for two servers, a registry that gives a server several ports
 */
export function buildFleet(sources: FleetSources): Fleet {
  const problems: Problem[] = [];
  const listed = Object.entries(sources.mcp.servers);
  const servers =
    listed.length > 0
      ? listed.map(([name, server]) => fromConfig(name, server, { sources, problems }))
      : [...(sources.registry?.servers.values() ?? [])].flatMap((server) =>
          fromRegistry(server, { sources, problems }),
        );
  const fleet = servers.map((server) => ({ ...server, health: healthOf(server) }));
  problems.push(...portProblems(fleet, sources));
  const [first] = problems;
  if (first !== undefined) throw allProblems(first.file, problems);
  requireOrder(fleet, sources);
  const remote = [...(sources.registry?.servers.values() ?? [])].filter(isRemote);
  return { servers: fleet, remote: listed.length > 0 ? [] : remote.map(({ name, url }) => ({ name, url })) };
}

const isRemote = ({ launch, url }: RegistryServer) => launch === undefined && url !== '';

/** Streamable HTTP is what is asked where nothing else is said (contract, section 2). */
const healthOf = ({ health }: ServerSpec): HealthSpec =>
  Object.keys(health).length > 0 ? health : { mcp: '/mcp' };

interface Context {
  readonly sources: FleetSources;
  readonly problems: Problem[];
}

/** A path from the root of the file system is under nothing. */
const joined = (root: string, path: string) =>
  path.startsWith('/') ? path : [root, path].filter((part) => part !== '' && part !== '.').join('/') || '.';

/** What editors call the working directory. */
const WORKSPACE = /^\$\{workspaceFolder\}\/?/;

/** Where an entry says that its server runs: in the workspace, whatever the root of the fleet is, or below the root. */
function directoryOf({ directory }: Launch, root: string): string {
  if (WORKSPACE.test(directory)) return directory.replace(WORKSPACE, '') || '.';
  return directory.startsWith('${') ? directory : joined(root, directory);
}

const isRead = ({ command, directory }: Launch) =>
  [...command, directory].some((word) => word.includes('${'));

function fromConfig(name: string, server: ServerConfig, { sources, problems }: Context): ServerSpec {
  const [program = '', ...args] = server.command;
  const health: HealthSpec = withoutUndefined(server.health);
  const registered = server.port ?? portOf(sources.registry?.servers.get(name), { sources, problems });
  return {
    name,
    command: [program, ...args],
    directory: joined(sources.mcp.root, server['working-directory'] ?? name),
    host: server.host,
    port: registered,
    priority: server.priority,
    needs: server.needs,
    critical: server.critical,
    env: server.env,
    secrets: server.secrets,
    references: {},
    health,
    expect: { tools: server.expect.tools, minTools: server.expect['min-tools'] },
    restart: { limit: server.restart.limit, windowMs: server.restart.window },
    readyTimeoutMs: server['ready-timeout'],
    stopTimeoutMs: server['stop-timeout'],
  };
}

function withoutUndefined(health: {
  readonly [K in keyof HealthSpec]: HealthSpec[K] | undefined;
}): HealthSpec {
  return Object.fromEntries(Object.entries(health).filter(([, value]) => value !== undefined)) as HealthSpec;
}

/** The registry's port plus the offset; a contradiction must be settled in the configuration, not guessed. */
function portOf(server: RegistryServer | undefined, { sources, problems }: Context): number | undefined {
  if (server === undefined) return undefined;
  const file = sources.registry?.file ?? '';
  const claims = meantClaims(server, sources.environment);
  const [first, ...others] = claims;
  if (first === undefined) {
    const { findings = [] } = sources.registry ?? {};
    const impossible = findings.filter(
      ({ rule, server: of }) => rule === 'impossible-port' && of === server.name,
    );
    problems.push(...impossible.map(({ place, message }) => ({ file, place, message })));
    return undefined;
  }
  const different = others.filter(({ port }) => port !== first.port);
  if (different.length > 0) {
    const ports = [...new Set(claims.map(({ port, place }) => `${port} (line ${place.line})`))].join(', ');
    const message = `"${server.name}" has several ports: ${ports}; keep one, or give it a port in the configuration`;
    problems.push({ file, place: first.place, message });
  }
  const port = first.port + sources.mcp['port-offset'];
  if (isPort(port)) return port;
  const message = `"${server.name}": port ${first.port} plus port-offset ${sources.mcp['port-offset']} is ${port}, which is no port`;
  problems.push({ file, place: first.place, message });
  return undefined;
}

/** @returns the ports of a server in the environment that is meant; else those that are of none, else all. */
export function meantClaims({ claims }: RegistryServer, environment = ''): readonly PortClaim[] {
  const ports = claims.filter(({ role }) => role === 'port');
  const ofEnvironment = ports.filter((claim) => sameEnvironment(claim.environment, environment));
  const ofNone = ports.filter((claim) => claim.environment === '');
  return [ofEnvironment, ofNone].find((some) => some.length > 0) ?? ports;
}

const DEFAULT_PRIORITY = 100;
const RESTART = { limit: 5, windowMs: 120_000 };
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

function fromRegistry(server: RegistryServer, context: Context): ServerSpec[] {
  const { launch, name } = server;
  if (launch === undefined) return [];
  const port = portOf(server, context);
  const file = context.sources.registry?.file ?? '';
  const known = [...(context.sources.registry?.servers.keys() ?? [])];
  context.problems.push(
    ...launch.faults.map(({ place, message }) => ({ file, place, message: `"${name}": ${message}` })),
  );
  for (const { name: need, place } of server.lacks) {
    const message = `"${name}" needs "${need}", and no server is named so${didYouMean(need, known)}`;
    context.problems.push({ file, place, message });
  }
  const isReference = ([, value]: [string, string]) => value.includes('${');
  const variables = Object.entries(launch.env).filter(([key]) => key !== 'PORT');
  return [
    {
      name,
      command: launch.command,
      directory: directoryOf(launch, context.sources.mcp.root),
      host: '127.0.0.1',
      port,
      priority: server.priority ?? DEFAULT_PRIORITY,
      needs: server.needs,
      critical: true,
      env: Object.fromEntries(variables.filter((entry) => !isReference(entry))),
      secrets: [],
      references: Object.fromEntries(variables.filter(isReference)),
      ...(isRead(launch) ? { readsCommand: true as const } : {}),
      health: registryHealth(launch, port),
      expect: { tools: [], minTools: 0 },
      restart: RESTART,
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    },
  ];
}

/** Without a port the editors' form speaks over pipes; with one the entry says how, else streamable HTTP. */
function registryHealth({ transport, healthEndpoint }: Launch, port: number | undefined): HealthSpec {
  if (port === undefined || transport === 'stdio') return { stdio: true };
  const http = healthEndpoint.startsWith('/') ? { http: healthEndpoint } : {};
  return transport === 'sse' ? { sse: '/sse', ...http } : { mcp: '/mcp', ...http };
}

function portProblems(
  servers: readonly ServerSpec[],
  { file, placeOf, registry, mcp }: FleetSources,
): Problem[] {
  const owners = new Map<number, string>();
  const isListed = Object.keys(mcp.servers).length > 0;
  const problem = (name: string, message: string): Problem => {
    const place = isListed ? placeOf(['mcp', 'servers', name]) : registry?.servers.get(name)?.launch?.place;
    return {
      file: isListed ? file : (registry?.file ?? file),
      place: place ?? { line: 1, column: 1 },
      message,
    };
  };
  return servers.flatMap((server): Problem[] => {
    const { name, port } = server;
    if (port === undefined) {
      const known = [...(registry?.servers.keys() ?? [])];
      const hint = `give it a port, or list it in the registry${didYouMean(name, known)}`;
      return needsPort(server) ? [problem(name, `server "${name}" has no port: ${hint}`)] : [];
    }
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, name);
    return owner === undefined
      ? []
      : [problem(name, `servers "${owner}" and "${name}" both have port ${port}`)];
  });
}

function allProblems(file: string, problems: readonly Problem[]): SophiaError {
  const own = configurationError(
    file,
    problems.filter((problem) => problem.file === file),
  );
  const others = problems.filter((problem) => problem.file !== file);
  const [next] = others;
  if (next === undefined) return own;
  const rest = allProblems(next.file, others);
  return new SophiaError('configuration', { message: `${own.message}\n${rest.message}`, hint: own.hint });
}

/** The configuration's own needs are checked when it is read; a registry's may still form a cycle. */
function requireOrder(servers: readonly ServerSpec[], { file, registry }: FleetSources): void {
  const cycle = findCycle(new Map(servers.map(({ name, needs }) => [name, needs])));
  if (cycle === undefined) return;
  throw new SophiaError('configuration', {
    message: `${registry?.file ?? file}: cycle: ${[...cycle, cycle[0]].join(' needs ')}`,
    hint: 'take one of these dependencies out: servers that need each other can never start',
  });
}

/**
 * The servers that were asked for, and everything that they need.
 *
 * @throws SophiaError `usage` for a name that no server has
 */
export function selectServers(
  servers: readonly ServerSpec[],
  names: readonly string[],
): readonly ServerSpec[] {
  if (names.length === 0) return servers;
  const byName = new Map(servers.map((server) => [server.name, server]));
  const unknown = names.filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    const known = [...byName.keys()];
    const each = unknown.map((name) => `"${name}"${didYouMean(name, known)}`);
    throw new SophiaError('usage', {
      message: `no server is named ${each.join(', ')}`,
      hint: `the fleet has ${known.join(', ') || 'no servers'}`,
    });
  }
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const need of byName.get(name)?.needs ?? []) add(need);
  };
  for (const name of names) add(name);
  return servers.filter(({ name }) => wanted.has(name));
}
