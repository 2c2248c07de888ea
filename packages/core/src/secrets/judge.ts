import { escKind, type EscProperties, type EscRange, type EscValue } from '../esc/esc-value.ts';
import { matchesPattern } from '../esc/pattern.ts';
import { lookUp, parsePropertyPath } from './property-path.ts';
import type { SecretRule } from './rules.ts';
import { SecretText } from './secret-text.ts';
import { anyPart, exportText } from './value-text.ts';

/**
 * What became of a rule:
 * - `ok`: the value holds
 * - `missing`: there is no such property
 * - `empty`: null, no characters but white space, or a structure with nothing in it
 * - `placeholder`: begins with PLACEHOLDER, or something in it does
 * - `unknown`: an error in the definition, or only Pulumi Cloud knows it
 * - `pattern`: does not match the rule's pattern
 */
export type SecretState = 'ok' | 'missing' | 'empty' | 'placeholder' | 'unknown' | 'pattern';

/** The judgement of one rule. It can be printed: the value is only in {@link SecretText}. */
export type SecretVerdict = {
  readonly rule: SecretRule;
  /** True if nothing may be exported because of it. */
  readonly blocks: boolean;
  /** The definition that the value comes from. */
  readonly origin: EscRange | undefined;
} & (
  | { readonly state: 'ok'; readonly value: EscValue; readonly text: SecretText }
  | { readonly state: Exclude<SecretState, 'ok'> }
);

/** Judges all rules at once, so that a user sees everything that is missing in one go. */
export function judgeSecrets(
  rules: readonly SecretRule[],
  properties: EscProperties,
): readonly SecretVerdict[] {
  return rules.map((rule) => judgeSecret(rule, properties));
}

function judgeSecret(rule: SecretRule, properties: EscProperties): SecretVerdict {
  const path = parsePropertyPath(rule.path);
  const value = path && lookUp(properties, path);
  const origin = value?.trace?.def;
  if (value === undefined) return { rule, origin, state: 'missing', blocks: rule.required };
  const text = exportText(value);
  const state = stateOf(rule, value, text);
  if (state !== 'ok' || text === undefined)
    return { rule, origin, state: state === 'ok' ? 'unknown' : state, blocks: blocks(rule, state) };
  return { rule, origin, state, blocks: false, value, text: new SecretText(text) };
}

/** A value that is there and wrong blocks even where it need not be there. */
function blocks(rule: SecretRule, state: SecretState): boolean {
  return rule.required || state === 'pattern';
}

function stateOf(rule: SecretRule, value: EscValue, text: string | undefined): SecretState {
  if (text === undefined) return 'unknown';
  if (isEmptyValue(value)) return 'empty';
  if (anyPart(value, isPlaceholder)) return 'placeholder';
  return rule.pattern !== undefined && matchesPattern(rule.pattern, text) !== true ? 'pattern' : 'ok';
}

/** @returns true for null, white space and structures without anything in them. */
export function isEmptyValue(value: EscValue): boolean {
  const kind = escKind(value);
  switch (kind.kind) {
    case 'null':
      return true;
    case 'scalar':
      return kind.text.trim() === '';
    case 'list':
      return kind.items.length === 0;
    case 'map':
      return Object.keys(kind.entries).length === 0;
    case 'unknown':
      return false;
  }
}

/** @returns true for a text that stands where a secret will be some day (contract, section 3). */
export function isPlaceholder(value: EscValue): boolean {
  return typeof value.value === 'string' && value.value.trimStart().startsWith('PLACEHOLDER');
}
