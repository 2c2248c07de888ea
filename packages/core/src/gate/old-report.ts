import type { ReportItem } from '../report/envelope.ts';

/** The fields of the file that the gate's report replaces; readers of it exist (contract, section 5). */
export interface OldReport {
  readonly missing_secrets: readonly string[];
  readonly failed_services: readonly string[];
  /** `unknown`, `connected`, or `failed: ...`: what the check of Pulumi Cloud said. */
  readonly esc_status: string;
  readonly health_checks: readonly Readonly<Record<string, unknown>>[];
  readonly mcp_servers: readonly Readonly<Record<string, unknown>>[];
}

/** @returns the old file's fields, read off the items. */
export function oldReportOf(items: readonly ReportItem[]): OldReport {
  return {
    missing_secrets: [...new Set(items.flatMap(missingOf))],
    failed_services: items.filter(isDown).map(({ name }) => name),
    esc_status: escStatusOf(items),
    health_checks: items.filter(({ kind }) => kind === 'http').map(healthCheck),
    mcp_servers: items.flatMap(mcpServers),
  };
}

const isDown = ({ status }: ReportItem) => status === 'failure' || status === 'skipped';

/** A check names variables or property paths; the old file named the keys in lower case. */
function missingOf({ details: { missing } }: ReportItem): readonly string[] {
  return Array.isArray(missing) ? missing.map((name) => String(name).toLowerCase()) : [];
}

function escStatusOf(items: readonly ReportItem[]): string {
  const pulumi = items.find(({ kind }) => kind === 'pulumi');
  if (pulumi === undefined) return 'unknown';
  return isDown(pulumi) ? `failed: ${pulumi.message}` : 'connected';
}

function healthCheck({ name, details, durationMs, message, status }: ReportItem): Record<string, unknown> {
  const url = details['url'] ?? details['target'];
  if (details['httpStatus'] === undefined) return { service: name, url, error: message };
  const answered = {
    service: name,
    url,
    status: details['httpStatus'],
    response_time_ms: details['latencyMs'] ?? durationMs,
  };
  return status === 'failure' ? { ...answered, error: message } : answered;
}

function mcpServers(item: ReportItem): readonly Record<string, unknown>[] {
  const { kind, name, message, details } = item;
  if (kind === 'mcp')
    return [serverOf({ server: name, port: portOf(details['target']), healthy: !isDown(item), message })];
  if (kind !== 'fleet' || !Array.isArray(details['servers'])) return [];
  return (details['servers'] as readonly Readonly<Record<string, unknown>>[]).map((server) =>
    serverOf({
      server: server['name'],
      port: server['port'],
      healthy: server['status'] === 'success',
      message: server['message'],
    }),
  );
}

interface Server {
  readonly server: unknown;
  readonly port: unknown;
  readonly healthy: boolean;
  readonly message: unknown;
}

const serverOf = ({ server, port, healthy, message }: Server) =>
  healthy ? { server, port, status: 'HEALTHY', healthy } : { server, port, error: message, healthy };

function portOf(target: unknown): number | undefined {
  const match = typeof target === 'string' ? /:(\d+)(\/|$)/.exec(target) : null;
  return match === null ? undefined : Number(match[1]);
}
