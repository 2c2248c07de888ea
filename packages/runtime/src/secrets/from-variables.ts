import type { ExportMapping, ExportPlan } from '@sophia/core/secrets/exports';
import { planExports } from '@sophia/core/secrets/exports';
import { judgeSecrets } from '@sophia/core/secrets/judge';
import type { SecretVerdict } from '@sophia/core/secrets/judge';
import type { SecretRule } from '@sophia/core/secrets/rules';

import type { Variables } from '../host/host.ts';

/** The path under which the value of one variable is judged: rules may lie inside each other, variables do not. */
const ALONE = 'value';

/** Judges rules by the job's variables, where ESC is out of reach and the configuration allows it. */
export function judgeVariables(rules: readonly SecretRule[], variables: Variables): readonly SecretVerdict[] {
  return rules.flatMap((rule) => {
    const text = variables[rule.env];
    const properties = text === undefined ? {} : { [ALONE]: { value: text, secret: rule.mask } };
    const verdicts = judgeSecrets([{ ...rule, path: ALONE }], properties);
    return verdicts.map((verdict) => ({ ...verdict, rule }));
  });
}

/** Plans to export what was read from variables: each under its own name, or as the mapping says. */
export function planVariables(
  verdicts: readonly SecretVerdict[],
  mapping: readonly ExportMapping[] | undefined,
): ExportPlan {
  const plan = planExports({ properties: {}, verdicts });
  if (mapping === undefined) return plan;
  const mapped = mapping.flatMap(({ name, path }) =>
    verdicts
      .filter(({ rule }) => rule.path === path)
      .map((verdict) => ({ ...verdict, rule: { ...verdict.rule, env: name } })),
  );
  const { exports, refused } = planExports({ properties: {}, verdicts: mapped });
  return { ...plan, exports, refused };
}
