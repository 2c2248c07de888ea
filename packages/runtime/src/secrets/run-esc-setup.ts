import { SophiaError } from '@sophia/core/errors';
import type { ReportItem } from '@sophia/core/report/envelope';
import { judgeItems, stepPasses } from '@sophia/core/report/judge';
import { compareDrift } from '@sophia/core/secrets/drift';

import { loadConfig } from '../config/load-config.ts';
import type { Host } from '../host/host.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { chooseSource, openSource } from './esc-source.ts';
import type { EscSource, OpenedSource, SourceInputs } from './esc-source.ts';
import { exportValues } from './export-values.ts';
import { judgeEnvironment, judgeFallback } from './judged-setup.ts';
import type { JudgedSetup } from './judged-setup.ts';
import { pathsOf } from './paths-of.ts';
import { planSetup } from './plan-setup.ts';
import type { PlanInputs, SetupPlan } from './plan-setup.ts';
import { driftItem, refusalItem, secretItem } from './setup-items.ts';
import type { ItemContext } from './setup-items.ts';
import { renderSetup } from './setup-summary.ts';

/** The inputs of esc-setup beside the common ones. */
export type EscSetupInputs = SourceInputs & PlanInputs;

type Drift = Readonly<Record<string, string>>;

/** What was found, wherever it was found. */
interface Found {
  readonly status: 'connected' | 'file' | 'fallback';
  readonly judged: JudgedSetup;
  readonly drift: Drift;
  readonly items: readonly ReportItem[];
  readonly revision: string;
  readonly name: string;
}

const REPORT_FILE = 'esc_setup_report.json';

/**
 * Opens an ESC environment, judges every requirement at once, and hands the values on only if all that is required
 * holds. Masks are set before anything else is written.
 *
 * @throws SophiaError where the environment cannot be opened; nothing was exported then
 */
export async function runEscSetup(inputs: EscSetupInputs, session: Session): Promise<Outcome> {
  const { host } = session;
  const config = await loadConfig(session, ['esc', 'secrets']);
  const plan = planSetup(inputs, config?.sections.secrets);
  for (const { text } of plan.githubSecrets) host.redaction.add(text.reveal());
  const source = chooseSource(inputs.escEnvironment, config?.sections.esc);
  const allowsFallback = config?.sections.esc.fallback === 'environment';
  const found = await find({ source, plan, inputs, allowsFallback, session });
  return {
    ...(await conclude(found, plan, session)),
    environment: config?.environment ?? session.common.environment,
    deploymentId: config?.deploymentId ?? session.common.deploymentId,
  };
}

interface Search {
  readonly source: EscSource;
  readonly plan: SetupPlan;
  readonly inputs: SourceInputs;
  readonly allowsFallback: boolean;
  readonly session: Session;
}

async function find(search: Search): Promise<Found> {
  const { source, plan, inputs, session } = search;
  try {
    return judgeOpened(await openSource(source, inputs, session), plan, session.host);
  } catch (error) {
    if (!search.allowsFallback || !isOutOfReach(error)) throw error;
    session.host.log.warning(`${error.message}; the job's variables are read instead (esc.fallback)`);
    return judgeInstead(plan, session.host);
  }
}

/** A refusal is an answer: only where there is none may the variables stand in. */
const isOutOfReach = (error: unknown): error is SophiaError =>
  error instanceof SophiaError && (error.code === 'unavailable' || error.code === 'rate-limited');

const MOST_WARNINGS = 20;

function judgeOpened(opened: OpenedSource, plan: SetupPlan, host: Host): Found {
  const judged = judgeEnvironment(plan, opened.properties);
  // The words of a definition may quote a value: nothing is shown before the masks are set.
  maskAll(judged, host);
  const drift = Object.fromEntries(compareDrift(plan.githubSecrets, opened.properties));
  const { name, ownNames, status, revision } = opened;
  const knownPaths = pathsOf(opened.properties);
  const context: ItemContext = { source: status, name, ownNames, knownPaths, onMissing: plan.onMissing };
  for (const warning of opened.warnings.slice(0, MOST_WARNINGS)) host.log.warning(warning);
  const driftItems = Object.entries(drift).map(([path, state]) => driftItem(path, state));
  return { status, judged, drift, items: [...itemsOf(judged, context), ...driftItems], revision, name };
}

function judgeInstead(plan: SetupPlan, host: Host): Found {
  const judged = judgeFallback(plan, host.variables);
  maskAll(judged, host);
  const name = 'the variables of the job';
  const context: ItemContext = {
    ...{ source: 'fallback', name, ownNames: new Set(), knownPaths: [] },
    onMissing: plan.onMissing,
  };
  return { status: 'fallback', judged, drift: {}, items: itemsOf(judged, context), revision: '', name };
}

const itemsOf = ({ verdicts, refused }: JudgedSetup, context: ItemContext): readonly ReportItem[] => [
  ...verdicts.map((verdict) => secretItem(verdict, context)),
  ...refused.map((refusal) => refusalItem(refusal, context)),
];

function maskAll({ masks, tooShort }: JudgedSetup, host: Host): void {
  host.maskForms(masks);
  if (tooShort.length === 0) return;
  host.log.warning(
    `not masked, as a mask under four characters would ruin the log: ${tooShort.slice(0, MOST_WARNINGS).join(', ')}`,
  );
}

async function conclude(found: Found, plan: SetupPlan, { host }: Session): Promise<Outcome> {
  const verdict = judgeItems(found.items);
  const status = verdict === 'success' && found.status === 'fallback' ? 'warning' : verdict;
  const exported = status === 'failure' ? [] : await exportValues(found.judged, plan.target.kind, host);
  const { verdicts } = found.judged;
  const missing = verdicts.filter(({ blocks }) => blocks).map(({ rule }) => rule.path);
  const words = renderSetup({ ...found, status, exported, failed: found.items.filter(isFailure) });
  return outcome({
    status,
    passes: stepPasses(status),
    reportFile: REPORT_FILE,
    summary: words.summary,
    items: found.items,
    metrics: { secrets: verdicts.length, missing: missing.length, exported: exported.length },
    details: {
      escStatus: found.status,
      source: found.name,
      revision: found.revision,
      exported,
      ...(words.error === undefined ? {} : { error: words.error }),
    },
    annotations: words.annotations,
    outputs: {
      'esc-status': found.status,
      'missing-secrets': JSON.stringify(missing),
      exported: JSON.stringify(exported),
      drift: JSON.stringify(found.drift),
      revision: found.revision,
    },
  });
}

const isFailure = ({ status }: ReportItem) => status === 'failure';
