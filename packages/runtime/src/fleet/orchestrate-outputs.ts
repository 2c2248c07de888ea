import { median } from '@sophia/core/fleet/fleet-items';
import type { ReportItem } from '@sophia/core/report/envelope';

const isHealthy = ({ details }: ReportItem) => details['state'] === 'healthy';

/** The outputs that count and list the servers (contract, section 3). */
export function fleetOutputs(items: readonly ReportItem[]): Readonly<Record<string, string>> {
  const servers = items.map(({ name, details }) => ({
    name,
    status: details['state'],
    port: details['port'],
    url: details['url'],
    pid: details['pid'],
    restarts: details['restarts'],
  }));
  return {
    healthy: String(items.filter(isHealthy).length),
    total: String(items.length),
    servers: JSON.stringify(servers),
  };
}

/** Shares and times over all servers; times in milliseconds. */
export function fleetMetrics(items: readonly ReportItem[]): Readonly<Record<string, number>> {
  if (items.length === 0) return {};
  const readyMs = items.filter(isHealthy).map(({ durationMs }) => durationMs);
  const recovery = items.flatMap(({ details }) => {
    const found = details['recoveryMs'] as { max: number; all: readonly number[] } | null | undefined;
    return found === null || found === undefined ? [] : [found];
  });
  return {
    healthyRate: items.filter(isHealthy).length / items.length,
    restarts: items.reduce((sum, { details }) => sum + Number(details['restarts'] ?? 0), 0),
    ...(readyMs.length === 0 ? {} : { readyMedianMs: median(readyMs), readyMaxMs: Math.max(...readyMs) }),
    ...(recovery.length === 0
      ? {}
      : {
          recoveryMedianMs: median(recovery.flatMap(({ all }) => all)),
          recoveryMaxMs: Math.max(...recovery.map(({ max }) => max)),
        }),
  };
}

/** @returns one line about the fleet. */
export function fleetSummary(items: readonly ReportItem[]): string {
  const ill = items
    .filter((item) => !isHealthy(item))
    .map(({ name, details }) => `${name} ${String(details['state'])}`);
  const count = `${items.length - ill.length} of ${items.length} servers are healthy`;
  return ill.length === 0 ? count : `${count}; ${ill.join(', ')}`;
}
