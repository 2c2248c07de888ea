import type { EscProperties } from '@sophia/core/esc/esc-value';
import { files } from '@sophia/core/esc/projections';
import { planExports } from '@sophia/core/secrets/exports';
import type { ExportPlan, PlannedExport } from '@sophia/core/secrets/exports';
import { judgeSecrets } from '@sophia/core/secrets/judge';
import type { SecretVerdict } from '@sophia/core/secrets/judge';
import { SecretText } from '@sophia/core/secrets/secret-text';

import type { Variables } from '../host/host.ts';
import { judgeVariables, planVariables } from './from-variables.ts';
import { mappingRules } from './plan-setup.ts';
import type { SetupPlan } from './plan-setup.ts';
import { refuseUnfit } from './refuse-unfit.ts';
import type { Refusal } from './refuse-unfit.ts';

/** What a run found and is about to hand out. It can be printed. */
export interface JudgedSetup {
  readonly verdicts: readonly SecretVerdict[];
  readonly exports: readonly PlannedExport[];
  /** Each is to be written to a file of this text; the variable holds its path. */
  readonly files: readonly PlannedExport[];
  readonly refused: readonly Refusal[];
  readonly masks: ReadonlySet<string>;
  readonly tooShort: readonly string[];
}

/** Judges an opened environment and plans its export; nothing is written. */
export function judgeEnvironment(plan: SetupPlan, properties: EscProperties): JudgedSetup {
  const mapping = plan.target.kind === 'mapping' ? plan.target.mapping : undefined;
  const rules = [...plan.rules, ...mappingRules(mapping ?? [], plan.rules, properties)];
  const verdicts = judgeSecrets(rules, properties);
  const exports = planExports({ properties, verdicts, ...(mapping === undefined ? {} : { mapping }) });
  return fitting(plan, verdicts, { ...exports, files: mapping === undefined ? ownFiles(properties) : [] });
}

/** Judges the job's variables in place of an environment that is out of reach. */
export function judgeFallback(plan: SetupPlan, variables: Variables): JudgedSetup {
  const mapping = plan.target.kind === 'mapping' ? plan.target.mapping : undefined;
  const rules = [...plan.rules, ...mappingRules(mapping ?? [], plan.rules, {})];
  const verdicts = judgeVariables(rules, variables);
  return fitting(plan, verdicts, { ...planVariables(verdicts, mapping), files: [] });
}

function ownFiles(properties: EscProperties): readonly PlannedExport[] {
  return files({ properties }).entries.map(({ name, text }) => ({
    name,
    text: new SecretText(text),
    source: `files.${name}`,
  }));
}

function fitting(
  plan: SetupPlan,
  verdicts: readonly SecretVerdict[],
  planned: ExportPlan & { readonly files: readonly PlannedExport[] },
): JudgedSetup {
  if (plan.target.kind === 'none') return { ...planned, verdicts, exports: [], files: [], refused: [] };
  const unfit = refuseUnfit(planned, plan.target.kind);
  const refused = new Set(unfit.map(({ source }) => source));
  const remaining = ({ source }: PlannedExport) => !refused.has(source);
  return {
    verdicts,
    exports: planned.exports.filter(remaining),
    files: planned.files.filter(remaining),
    refused: [...withoutJudged(planned.refused, verdicts), ...unfit],
    masks: planned.masks,
    tooShort: planned.tooShort,
  };
}

/** What a rule found missing is reported once, as its verdict. */
function withoutJudged(
  refused: ExportPlan['refused'],
  verdicts: readonly SecretVerdict[],
): readonly Refusal[] {
  const judged = new Set(verdicts.filter(({ state }) => state !== 'ok').map(({ rule }) => rule.path));
  return refused.filter(({ source }) => !judged.has(source));
}
