import { secretVariable } from '@sophia/core/config/cross-check';
import type { SecretRule } from '@sophia/core/config/schema';
import type { Fault } from '@sophia/core/gate/outcome';

import type { Variables } from '../host/host.ts';
import type { Session } from '../host/session.ts';
import type { ProbeContext } from './probe.ts';

/** A credential, or why there is none; `missing` names the variable. */
export type Credential = { readonly value: string } | { readonly fault: Fault; readonly missing: string };

/** A value that is empty or begins with PLACEHOLDER is missing (contract, section 3). */
const isMissing = (value: string | undefined): value is undefined | '' =>
  value === undefined || value.trim() === '' || value.trimStart().startsWith('PLACEHOLDER');

/**
 * Reads a credential from the check, else from a variable. Before anybody may use it, it is registered as a secret and
 * known to fit into a header.
 */
export function readCredential(
  { session, variables }: ProbeContext,
  given: string | undefined,
  variable: string,
): Credential {
  const value = given ?? variables[variable];
  if (isMissing(value)) {
    const message =
      value === undefined || value === '' ? `${variable} is not set` : `${variable} holds a placeholder`;
    const hint = `set ${variable}: in a job by its env, or by esc-setup before this step`;
    return { fault: { category: 'configuration', message, hint }, missing: variable };
  }
  session.host.redaction.add(value);
  if (/[^\x20-\x7e]/.test(value)) {
    const message = `${variable} holds a line break or another character that no header may have`;
    const hint = 'a key often ends with a line break by mistake: store it again without';
    return { fault: { category: 'configuration', message, hint }, missing: variable };
  }
  return { value };
}

/** @returns a setting that is no secret: from the check, a variable that is not empty, or the default. */
export function setting(given: string | undefined, variable: string | undefined, otherwise: string): string {
  return given ?? (variable === undefined || variable === '' ? otherwise : variable);
}

/** @returns a base URL without `/` at its end. */
export function baseUrl(given: string | undefined, variable: string | undefined, otherwise: string): string {
  return setting(given, variable, otherwise).replace(/\/+$/, '');
}

const CREDENTIAL_HEADER = /auth|cookie|token|key|secret|pass|sign|cred|session/i;

/** Registers the values of headers that carry credentials, with and without the scheme before them. */
export function registerHeaders(headers: Readonly<Record<string, string>>, { session }: ProbeContext): void {
  const { redaction } = session.host;
  for (const [name, value] of Object.entries(headers)) {
    if (!CREDENTIAL_HEADER.test(name)) continue;
    redaction.add(value);
    redaction.add(value.replace(/^(bearer|basic|token)\s+/i, ''));
  }
}

/** Registers every secret of the configuration that the variables hold: a header may read any of them. */
export function registerSecrets(
  rules: Readonly<Record<string, SecretRule>>,
  variables: Variables,
  { host }: Session,
): void {
  for (const [path, rule] of Object.entries(rules)) {
    if (rule.mask) host.redaction.add(variables[secretVariable(path, rule)] ?? '');
  }
}

/** @returns a part of a URL as it was before its encoding; one that is wrongly encoded, as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
