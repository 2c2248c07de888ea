import { failed, passed } from '@sophia/core/gate/outcome';
import type { ReportItem } from '@sophia/core/report/envelope';

import type { CheckProbe } from '../probe.ts';

/** What a report shows of a server. */
const brief = ({ name, status, message, details }: ReportItem) => ({
  name,
  status,
  message,
  state: details['state'],
  port: details['port'],
});

/** Asks the running supervisor: every server of the `mcp` section, or those named, must be healthy. */
export const fleet: CheckProbe<'fleet'> = {
  target: () => undefined,
  async probe(check, { session, config, signal }) {
    const { fleetStatus } = await import('../../fleet/fleet.ts');
    const names = check.servers.length > 0 ? { names: check.servers } : {};
    const { running, items } = await fleetStatus({ session, config, signal, ...names });
    const details = { servers: items.map(brief) };
    if (!running) {
      const hint =
        'start the fleet in this job before the gate: mcp-orchestrate with mode start (`sophia mcp start`)';
      return failed({ category: 'refused', message: 'no fleet runs here', hint }, details);
    }
    const ill = items.filter(({ status }) => status !== 'success');
    if (ill.length === 0) return passed(`${items.length} of ${items.length} servers are healthy`, details);
    const names3 = ill.slice(0, 3).map(({ name, details: { state } }) => `${name} (${String(state)})`);
    const more = ill.length > names3.length ? ` and ${ill.length - names3.length} more` : '';
    const message = `${items.length - ill.length} of ${items.length} servers are healthy; not ${names3.join(', ')}${more}`;
    return failed(
      { category: 'assertion', message, hint: 'see `sophia mcp logs` of these servers' },
      details,
    );
  },
};
