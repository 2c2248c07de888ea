import { SophiaError } from '@sophia/core/errors';
import { checkLine } from '@sophia/core/gate/check-line';
import type { History } from '@sophia/core/gate/history';
import type { FailOn, Force } from '@sophia/core/gate/verdict';
import { checkKinds } from '@sophia/core/config/check-schemas';
import type { Config } from '@sophia/core/config/parse-config';
import { didYouMean } from '@sophia/core/nearest-name';
import type { ReportItem } from '@sophia/core/report/envelope';

import { requireConfig } from '../config/load-config.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { gateOutcome } from './gate-outcome.ts';
import { runGate, sectionsOf } from './gate.ts';
import type { GateRequest } from './gate.ts';

/** The gate's own inputs, parsed (contract, section 3). */
export interface HealthGateInputs {
  /** Names of checks; empty: all. */
  readonly checks: readonly string[];
  /** Kinds of check that are left out. */
  readonly exceptKinds: readonly string[];
  readonly failOn: FailOn;
  readonly force: boolean;
  readonly forceReason: string;
  readonly history: string;
  /** For `history: artifact`; empty: none. */
  readonly githubToken: string;
}

/**
 * Runs the checks of the configuration and judges them.
 *
 * @param onItem called once a check when it ends; default: who watches sees it, else a line in the log
 * @throws SophiaError `usage`, `trust`, `unsupported` or `configuration`; nothing has run by then
 */
export async function runHealthGate(
  inputs: HealthGateInputs,
  session: Session,
  onItem?: (item: ReportItem) => void,
): Promise<Outcome> {
  const force = readForce(inputs, session);
  const { config, names } = await loadGateConfig(inputs, session);
  const { failOn } = inputs;
  const { history, trouble } = await historyFor(inputs, session, config.environment);
  const { items, verdict } = await runGate({
    ...{ config, names, session, failOn, ...tellingHost(session) },
    ...(onItem === undefined ? {} : { onItem }),
    ...(history === undefined ? {} : { history }),
  });
  return gateOutcome({
    ...{ items, verdict, config, failOn, history, force, historyTrouble: trouble },
    folder: session.common.workingDirectory,
  });
}

/** One row a check for who watches, or one line in the log as each ends. */
function tellingHost({ host }: Session): Pick<GateRequest, 'onPlan' | 'onStart' | 'onItem'> {
  const { progress } = host;
  if (progress === undefined) return { onItem: (item) => host.log.info(checkLine(item)) };
  return {
    onPlan: (names) => progress.begin(names),
    onStart: (name) => progress.update(name, { state: 'running' }),
    onItem: ({ name, status, category, message }) =>
      progress.update(name, {
        state: status,
        text: category === null ? message : `[${category}] ${message}`,
      }),
  };
}

type GateConfig = Config<'checks' | 'gate' | 'secrets' | 'mcp'>;

/** Sections that no chosen check reads are left alone: a variable that is missing there is nothing to the gate. */
async function loadGateConfig(
  inputs: HealthGateInputs,
  session: Session,
): Promise<{ config: GateConfig; names: readonly string[] | 'all' }> {
  const first = await requireConfig(session, ['checks', 'gate']);
  const { checks } = first.sections;
  const names = namesOf(inputs, first);
  const chosen = Object.entries(checks).filter(([name]) => names === 'all' || names.includes(name));
  const config = await requireConfig(session, sectionsOf(Object.fromEntries(chosen)));
  return { config, names };
}

/** The checks that are asked for, without the kinds that are left out. */
function namesOf(
  { checks, exceptKinds }: HealthGateInputs,
  config: Config<'checks'>,
): readonly string[] | 'all' {
  const unknown = exceptKinds.find((kind) => !checkKinds.some((known) => known === kind));
  if (unknown !== undefined) {
    throw new SophiaError('usage', {
      message: `input "except-kinds": there is no kind "${unknown}"${didYouMean(unknown, checkKinds)}`,
      hint: `the kinds are ${checkKinds.join(', ')}`,
    });
  }
  if (exceptKinds.length === 0) return checks.length === 0 ? 'all' : checks;
  const named = checks.length === 0 ? Object.keys(config.sections.checks) : checks;
  return named.filter((name) => !exceptKinds.includes(config.sections.checks[name]?.kind ?? ''));
}

function readForce({ force, forceReason }: HealthGateInputs, { host }: Session): Force | undefined {
  if (!force) return undefined;
  if (host.event.name.startsWith('pull_request') || host.event.pullRequest !== undefined) {
    throw new SophiaError('trust', {
      message: 'a gate cannot be forced on a pull request',
      hint: 'mend what fails, or force the deployment after the merge',
    });
  }
  if (forceReason === '') {
    throw new SophiaError('usage', {
      message: 'the input `force` needs a reason',
      hint: 'say in the input `force-reason` why the failures may be passed over; it is recorded in the report',
    });
  }
  return { reason: forceReason, actor: host.run.actor };
}

/** What earlier runs tell, and why something of it could not be read. */
interface FoundHistory {
  readonly history: History | undefined;
  readonly trouble: readonly string[];
}

async function historyFor(
  { history, githubToken }: HealthGateInputs,
  session: Session,
  environment: string,
): Promise<FoundHistory> {
  if (history === 'none' || history === '') return { history: undefined, trouble: [] };
  if (history === 'artifact') {
    const { readArtifactHistory } = await import('./read-artifact-history.ts');
    return readArtifactHistory(session, { token: githubToken, environment });
  }
  const { readHistory } = await import('./read-history.ts');
  return { history: await readHistory(session, history, environment), trouble: [] };
}
