import type { Sections } from '@sophia/core/config/schema';
import { SophiaError } from '@sophia/core/errors';
import type { EscProperties } from '@sophia/core/esc/esc-value';
import type { GithubSecret } from '@sophia/core/secrets/drift';
import type { ExportMapping } from '@sophia/core/secrets/exports';
import { lookUp, parsePropertyPath } from '@sophia/core/secrets/property-path';
import { secretRule, secretRules } from '@sophia/core/secrets/rules';
import type { SecretRule } from '@sophia/core/secrets/rules';
import { containsSecret } from '@sophia/core/secrets/value-text';

import { parseExport, problemWithName, problemWithPath, readGithubSecrets } from './setup-inputs.ts';
import type { ExportTarget } from './setup-inputs.ts';

/** The inputs that say what must hold and where it goes. */
export interface PlanInputs {
  readonly secrets: readonly string[];
  readonly export: string;
  readonly githubSecrets: string;
  readonly onMissing: 'fail' | 'warn';
}

/** Everything that is to be done, decided before anybody is asked. */
export interface SetupPlan {
  readonly rules: readonly SecretRule[];
  readonly target: ExportTarget;
  readonly githubSecrets: readonly GithubSecret[];
  readonly onMissing: 'fail' | 'warn';
}

/**
 * Plans a run from its inputs and the section `secrets`.
 *
 * @throws SophiaError `usage` or `configuration` that names every bad path and name at once
 */
export function planSetup(inputs: PlanInputs, section: Sections['secrets'] = {}): SetupPlan {
  const target = parseExport(inputs.export);
  const githubSecrets = readGithubSecrets(inputs.githubSecrets);
  const configured = secretRules(section);
  const problems = configured.flatMap(({ path, env }) =>
    [problemWithPath(path), problemWithName(env)].filter((problem) => problem !== undefined),
  );
  if (problems.length > 0) throw badRules('configuration', problems);
  return {
    rules: inputs.secrets.length === 0 ? configured : namedRules(inputs.secrets, configured),
    target,
    githubSecrets,
    onMissing: inputs.onMissing,
  };
}

function namedRules(names: readonly string[], configured: readonly SecretRule[]): readonly SecretRule[] {
  const rules = [...new Set(names)].map(
    (path) => configured.find((rule) => rule.path === path) ?? secretRule(path),
  );
  const problems = rules.flatMap(({ path, env }) => problemWithPath(path) ?? problemWithName(env) ?? []);
  if (problems.length > 0) throw badRules('usage', problems);
  return rules;
}

const badRules = (code: 'usage' | 'configuration', problems: readonly string[]) =>
  new SophiaError(code, {
    message: `secrets: ${problems.join('; ')}`,
    hint: 'correct the path, or give the rule another `env`',
  });

/**
 * @returns the rules of a mapping: what it names must hold, as a rule of the configuration says or else as required.
 *   Without a rule, a value is masked if the environment marks it as secret.
 */
export function mappingRules(
  mapping: readonly ExportMapping[],
  rules: readonly SecretRule[],
  properties: EscProperties,
): readonly SecretRule[] {
  const known = new Set(rules.map(({ path }) => path));
  return mapping.flatMap(({ name, path }) => {
    if (known.has(path)) return [];
    known.add(path);
    const parsed = parsePropertyPath(path);
    const value = parsed && lookUp(properties, parsed);
    return [secretRule(path, { env: name, mask: value === undefined || containsSecret(value) })];
  });
}
