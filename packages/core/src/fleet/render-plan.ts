import { formatDuration } from '../duration.ts';
import type { FleetPlan } from './plan-fleet.ts';
import type { ServerSpec } from './server-spec.ts';

/** @returns the plan of a fleet for people, as plain lines. */
export function renderFleetPlan(plan: FleetPlan, servers: readonly ServerSpec[]): readonly string[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  const waves = plan.waves.flatMap((wave, index) => [
    `wave ${index + 1}:`,
    ...wave.map((name) => `  ${describe(byName.get(name))}`),
  ]);
  const path = plan.criticalPath.names.join(' -> ');
  return [
    `order: ${plan.order.join(', ')}`,
    ...waves,
    `critical path: ${path} (at most ${formatDuration(plan.criticalPath.limitMs)})`,
    `everything is ready, or has failed, within ${formatDuration(plan.boundMs)}, ${plan.concurrency} at a time`,
  ];
}

function describe(server: ServerSpec | undefined): string {
  if (server === undefined) return '';
  const { name, port, needs, critical, health, command } = server;
  const parts = [
    port === undefined ? 'pipes' : `port ${port}`,
    Object.entries(health)
      .map(([kind, value]) => (value === true ? kind : `${kind} ${value}`))
      .join(', '),
    needs.length > 0 ? `needs ${needs.join(', ')}` : '',
    critical ? '' : 'not critical',
    `runs ${command[0]}`,
  ];
  return `${name}: ${parts.filter((part) => part !== '').join('; ')}`;
}
