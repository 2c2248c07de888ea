import { formatDuration } from '../duration.ts';
import type { ReportItem, Severity } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { dependentsOf } from './plan-fleet.ts';
import type { HandshakeFacts, ServerSnapshot } from './fleet-snapshot.ts';

const KIND = 'mcp-server';

/** What the caller asked for: in a fleet that was stopped on purpose a stopped server is well. */
export type Expectation = 'running' | 'stopped';

/** @returns one item a server, in the order of the fleet (contract, section 5). */
export function fleetItems(servers: readonly ServerSnapshot[], expected: Expectation): readonly ReportItem[] {
  const critical = criticalNames(servers);
  return servers.map((server) => {
    const severity: Severity = critical.has(server.name) ? 'critical' : 'warning';
    return reportItem({ ...shared(server), severity, ...verdict(server, expected) });
  });
}

/** A server that a critical one needs is critical too, whatever it says of itself: without it that one is down. */
function criticalNames(servers: readonly ServerSnapshot[]): ReadonlySet<string> {
  const dependents = dependentsOf(servers);
  const own = new Set(servers.filter(({ critical }) => critical).map(({ name }) => name));
  const known = new Map<string, boolean>();
  const isCritical = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const is = own.has(name) || (dependents.get(name) ?? []).some(isCritical);
    known.set(name, is);
    return is;
  };
  return new Set(servers.map(({ name }) => name).filter(isCritical));
}

function shared(server: ServerSnapshot) {
  const { handshake, firstSpawnedAtMs, recoveriesMs } = server;
  return {
    name: server.name,
    kind: KIND,
    durationMs: server.state === 'failed' ? triedMs(server) : (server.readyMs ?? 0),
    attempts: server.attempts,
    details: {
      state: server.state,
      port: server.port,
      url: server.url,
      pid: server.pid,
      needs: server.needs,
      restarts: server.restarts,
      readyMs: server.readyMs,
      recoveryMs: recoveryOf(recoveriesMs),
      tools: handshake?.tools ?? null,
      protocolVersion: handshake?.protocolVersion ?? null,
      era: handshake?.era ?? null,
      server: handshake?.server ?? null,
      undeclaredPorts: server.undeclaredPorts,
      publicPorts: server.publicPorts,
      ownershipProven: server.ownershipProven,
      ...(server.lostLogBytes === 0 ? {} : { lostLogBytes: server.lostLogBytes }),
      ...(firstSpawnedAtMs === null ? {} : { startedAt: new Date(firstSpawnedAtMs).toISOString() }),
      ...(server.tail.length === 0 ? {} : { log: server.tail }),
    },
  };
}

/** A server that dies every minute for hours fills no report: of so many, the last, each is listed. */
const LISTED_RECOVERIES = 100;

function recoveryOf(times: readonly number[]) {
  if (times.length === 0) return null;
  return { median: median(times), max: Math.max(...times), all: times.slice(-LISTED_RECOVERIES) };
}

/** From its first start until it was given up, with its restarts in between. */
const triedMs = ({ firstSpawnedAtMs, failedAtMs }: ServerSnapshot) =>
  firstSpawnedAtMs === null || failedAtMs === null ? 0 : failedAtMs - firstSpawnedAtMs;

/** @returns the middle value, the lower one of two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

type Verdict = Pick<ReportItem, 'status' | 'message' | 'hint' | 'category' | 'foldedUnder'>;

const words = (status: Verdict['status'], message: string, hint = ''): Verdict => ({
  status,
  message,
  hint,
  category: null,
  foldedUnder: null,
});

function verdict(server: ServerSnapshot, expected: Expectation): Verdict {
  const { fault, because, state } = server;
  switch (state) {
    case 'healthy':
      return words('success', wellWords(server));
    case 'degraded': {
      const message =
        because === null
          ? (fault?.message ?? 'does not answer')
          : `"${because}", which it needs, is not healthy`;
      return {
        ...words('warning', message, fault?.hint ?? `see to "${because ?? ''}" first`),
        category: fault?.category ?? null,
      };
    }
    case 'blocked':
      return {
        ...words('skipped', `not started: "${because ?? ''}", which it needs, is not there`),
        foldedUnder: because,
      };
    case 'stopped':
      if (expected === 'stopped') return words('success', 'stopped');
      return {
        ...words(
          'failure',
          'is not running',
          'start the fleet in this job: mcp-orchestrate with mode start (`sophia mcp start`)',
        ),
        category: 'refused',
      };
    case 'pending':
    case 'starting':
      return {
        ...words(
          'failure',
          state === 'pending' ? 'waits for its start' : 'is starting',
          'wait for the fleet',
        ),
        category: 'timeout',
      };
    case 'crashed':
    case 'failed':
      return {
        ...words('failure', fault?.message ?? state, fault?.hint ?? ''),
        category: fault?.category ?? 'server-error',
      };
  }
}

function wellWords(server: ServerSnapshot): string {
  const { readyMs, handshake, restarts } = server;
  const parts = [
    readyMs === null ? 'healthy' : `healthy in ${formatDuration(readyMs)}`,
    handshake === null ? '' : handshakeWords(handshake),
    restarts === 0
      ? ''
      : `restarted ${restarts === 1 ? 'once' : `${restarts} times`}${recoveryWords(server)}`,
    ...fleetWarnings([server]).map(({ message }) => message),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function handshakeWords({ protocolVersion, era, tools }: HandshakeFacts): string {
  return `MCP ${protocolVersion} (${era === 'modern' ? 'stateless' : 'sessions'}), ${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`;
}

function recoveryWords({ recoveriesMs }: ServerSnapshot): string {
  if (recoveriesMs.length === 0) return '';
  const [middle, most] = [median(recoveriesMs), Math.max(...recoveriesMs)].map(formatDuration);
  return recoveriesMs.length === 1
    ? ` (well again in ${most})`
    : ` (well again in ${middle}, at most ${most})`;
}

/** @returns what people should see of servers that are well: ports that nobody declared, or that others can reach, lost logs. */
export function fleetWarnings(
  servers: readonly ServerSnapshot[],
): readonly { name: string; message: string }[] {
  return servers.flatMap(({ name, undeclaredPorts, publicPorts, ownershipProven, lostLogBytes, state }) => {
    const ports = (list: readonly number[]) => list.join(', ');
    return [
      undeclaredPorts.length > 0 ? `listens on ports that nobody gave it: ${ports(undeclaredPorts)}` : '',
      publicPorts.length > 0
        ? `can be reached from other machines on port ${ports(publicPorts)}: bind it to 127.0.0.1`
        : '',
      lostLogBytes > 0
        ? `lost ${lostLogBytes} bytes of its log, which could not be written: is the disk full?`
        : '',
      !ownershipProven && state === 'healthy' ? 'this machine cannot prove that its port is its own' : '',
    ]
      .filter((message) => message !== '')
      .map((message) => ({ name, message }));
  });
}
