import { variableOf } from './variable-name.ts';

/** A requirement on one property of the environment (contract, section 2, `secrets`). */
export interface SecretRule {
  /** `a.b[0]["c.d"]` */
  readonly path: string;
  /** False: it may be missing, empty or a placeholder. */
  readonly required: boolean;
  /** The variable that it is exported as. */
  readonly env: string;
  /** False: its value may be seen. */
  readonly mask: boolean;
  /** A regular expression that its text must match somewhere. */
  readonly pattern?: string;
}

/** What the configuration says of one property; everything has a default. */
export interface RuleSettings {
  readonly required?: boolean | undefined;
  readonly env?: string | undefined;
  readonly mask?: boolean | undefined;
  readonly pattern?: string | undefined;
}

/** @returns the rules of the configuration's `secrets` section: property path to settings. */
export function secretRules(section: Readonly<Record<string, RuleSettings>>): readonly SecretRule[] {
  return Object.entries(section).map(([path, settings]) => secretRule(path, settings));
}

/** @returns a rule with its defaults: required, masked, named after the path. */
export function secretRule(path: string, settings: RuleSettings = {}): SecretRule {
  return {
    path,
    required: settings.required ?? true,
    env: settings.env ?? variableOf(path),
    mask: settings.mask ?? true,
    ...(settings.pattern === undefined ? {} : { pattern: settings.pattern }),
  };
}
