import { secretVariable } from '../config/cross-check.ts';
import type { Variables } from '../config/interpolate.ts';
import type { SecretRule } from '../config/schema.ts';

/** What is wrong with a secret. */
export interface SecretProblem {
  /** The property path. */
  readonly path: string;
  readonly variable: string;
  readonly problem: 'missing' | 'a placeholder' | 'not of its pattern';
}

/** @returns what of the section `secrets` does not hold in an environment: values are judged, and never shown. */
export function judgeSecretVariables(
  rules: Readonly<Record<string, SecretRule>>,
  variables: Variables,
): readonly SecretProblem[] {
  return Object.entries(rules).flatMap(([path, rule]) => {
    const variable = secretVariable(path, rule);
    const problem = problemOf(variables[variable] ?? '', rule);
    return problem === undefined ? [] : [{ path, variable, problem }];
  });
}

/** A value that is empty or begins with PLACEHOLDER is missing (contract, section 3). */
function problemOf(value: string, { required, pattern }: SecretRule): SecretProblem['problem'] | undefined {
  if (value.trim() === '') return required ? 'missing' : undefined;
  if (value.trimStart().startsWith('PLACEHOLDER')) return required ? 'a placeholder' : undefined;
  return pattern === undefined || new RegExp(pattern, 'u').test(value) ? undefined : 'not of its pattern';
}
