import type { ReportItem } from '@sophia/core/report/envelope';

import { loadConfig, requireConfig } from '../config/load-config.ts';
import type { Session } from '../host/session.ts';
import type { StepServices, Verdict } from './acts.ts';
import type { DeploymentLog } from './deployment-log.ts';

const failures = (items: readonly ReportItem[]) =>
  items.filter(({ status, severity }) => status === 'failure' && severity !== 'info');

function verdictOf(ok: boolean, items: readonly ReportItem[], what: string): Verdict {
  const failed = failures(items);
  const category = failed[0]?.category ?? null;
  const said = failed.map(({ name, message }) => `${name}: ${message}`).join('; ');
  return { ok, category, message: ok ? '' : said || `${what} did not succeed` };
}

/** The fleet and the gate of this repository, each loaded only when a step needs it. */
export function createStepServices(session: Session, log: DeploymentLog): StepServices {
  const say = (line: string) => log.say('INFO', line);
  const fleet = async () => ({ session, config: await loadConfig(session, ['mcp']), onLine: say });
  return {
    async startFleet(signal) {
      const { startFleet } = await import('../fleet/fleet.ts');
      const { status, items } = await startFleet({ ...(await fleet()), signal });
      return verdictOf(status !== 'failure', items, 'the fleet');
    },
    async stopFleet(signal) {
      const { stopFleet } = await import('../fleet/fleet.ts');
      const { status, items } = await stopFleet({ ...(await fleet()), signal });
      return verdictOf(status !== 'failure', items, 'the fleet');
    },
    async runChecks(names, signal) {
      const { runGate, sectionsOf } = await import('../gate/gate.ts');
      const known = await requireConfig(session, ['checks', 'gate']);
      const sections = sectionsOf(known.sections.checks);
      const config = await requireConfig(
        session,
        sections as readonly ('checks' | 'gate' | 'secrets' | 'mcp')[],
      );
      const onItem = ({ name, status, message }: ReportItem) =>
        say(`check ${name}: ${status}${message === '' ? '' : `: ${message}`}`);
      const { items, verdict } = await runGate({ config, names, session, signal, onItem });
      const ok = verdict.status === 'success' || verdict.status === 'warning';
      return { ...verdictOf(ok, items, 'the gate'), message: ok ? '' : verdict.summary };
    },
  };
}
