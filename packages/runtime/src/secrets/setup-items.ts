import type { Category, ReportItem } from '@sophia/core/report/envelope';
import { didYouMean } from '@sophia/core/nearest-name';
import { reportItem } from '@sophia/core/report/judge';
import type { DriftState } from '@sophia/core/secrets/drift';
import type { SecretState, SecretVerdict } from '@sophia/core/secrets/judge';

import type { Origin } from './origin.ts';
import { originOf, renderOrigin } from './origin.ts';
import type { Refusal } from './refuse-unfit.ts';

type Failed = Exclude<SecretState, 'ok'>;

/** What each state means to people, and to programs. */
const STATES: Readonly<Record<Failed, { readonly category: Category; readonly words: string }>> = {
  missing: { category: 'not-found', words: 'is not there' },
  empty: { category: 'configuration', words: 'is empty' },
  placeholder: { category: 'configuration', words: 'is still a placeholder' },
  unknown: { category: 'configuration', words: 'has no known value' },
  pattern: { category: 'assertion', words: 'does not match its pattern' },
};

/** Reasons that are trouble with a value. The others are names that the environment itself gives. */
const REFUSALS: Readonly<Record<Refusal['reason'], { readonly blocks: boolean; readonly words: string }>> = {
  'takes-over': { blocks: false, words: 'is refused: the name would take over the processes of later steps' },
  'invalid-name': { blocks: false, words: 'is refused: no variable may have this name' },
  'not-a-scalar': { blocks: false, words: 'is not exported: a variable holds text, not a list or map' },
  reserved: { blocks: true, words: 'is refused: this action has an output of that name' },
  collision: { blocks: true, words: 'is not exported: two different values would have this name' },
  missing: { blocks: true, words: 'is not there' },
  unknown: { blocks: true, words: 'has no known value' },
  'has-nul': { blocks: true, words: 'holds a NUL byte, which no variable can' },
  'too-large': { blocks: true, words: 'is too large: no program starts with a variable of 128 KiB' },
  'not-unicode': { blocks: true, words: 'is no valid Unicode and would arrive damaged' },
};

const REFUSAL_HINTS: Readonly<Partial<Record<Refusal['reason'], string>>> = {
  'takes-over': 'rename it in the environment, or set it in the workflow where it can be seen',
  'has-nul': 'store it as base64',
  'not-unicode': 'store it as base64',
  'too-large': 'put it under `files` in the environment: its variable then holds a path',
  collision: 'give the rule another `env`',
};

/** What the items of a run need to know. */
export interface ItemContext {
  readonly source: 'connected' | 'file' | 'fallback';
  /** How the environment is called in hints. */
  readonly name: string;
  readonly ownNames: ReadonlySet<string>;
  /** The paths that the environment has, to find the one that was meant. */
  readonly knownPaths: readonly string[];
  readonly onMissing: 'fail' | 'warn';
}

/** @returns the item of one rule: its state, where the value comes from, and never the value. */
export function secretItem(verdict: SecretVerdict, context: ItemContext): ReportItem {
  const { rule, state, blocks } = verdict;
  const origin = originFor(verdict, context);
  const from = origin === undefined ? '' : renderOrigin(origin);
  const details = { state, variable: rule.env, required: rule.required, ...origin };
  const base = { name: rule.path, kind: 'secret', details } as const;
  if (state === 'ok') return reportItem({ ...base, message: from });
  const { category } = STATES[state];
  const words = STATES[state].words + (state === 'missing' ? didYouMean(rule.path, context.knownPaths) : '');
  const message = from === '' ? words : `${words} (${from})`;
  if (!blocks)
    return reportItem({ ...base, status: 'skipped', severity: 'info', message: `${words}; optional` });
  return reportItem({
    ...base,
    status: 'failure',
    severity: context.onMissing === 'warn' ? 'warning' : 'critical',
    category,
    message,
    hint: hintFor(verdict, state, context),
  });
}

function originFor({ rule, origin, state }: SecretVerdict, context: ItemContext): Origin | undefined {
  if (context.source !== 'fallback') return originOf(origin, context.ownNames);
  return state === 'missing' ? undefined : { source: 'variable', from: rule.env };
}

function hintFor({ rule }: SecretVerdict, state: Failed, { source, name }: ItemContext): string {
  if (source === 'fallback') return `set the variable ${rule.env}, or wait until ESC is in reach again`;
  if (source === 'file') return `set it in the definition ${name}`;
  if (state === 'unknown') return `open ${name} in Pulumi Cloud and see why its provider gives no value`;
  return `set it in ESC: esc env set ${name.replace(/@.*$/, '')} '${rule.path}' VALUE --secret`;
}

/** @returns the item of something that the environment lists and that is not exported. */
export function refusalItem({ name, source, reason }: Refusal, { onMissing }: ItemContext): ReportItem {
  const { blocks, words } = REFUSALS[reason];
  return reportItem({
    name: source,
    kind: 'export',
    status: 'failure',
    severity: blocks && onMissing === 'fail' ? 'critical' : 'warning',
    category: 'configuration',
    message: words,
    hint: REFUSAL_HINTS[reason] ?? 'correct it in the environment',
    details: { variable: name, reason },
  });
}

const DRIFT: Readonly<Record<DriftState, string>> = {
  match: 'the same in GitHub and ESC: the copy in GitHub can go',
  differs: 'GitHub and ESC hold different values',
  'only-esc': 'only in ESC',
  'only-github': 'only in GitHub',
};

/** @returns the item of a comparison; only what needs a person is a warning. */
export function driftItem(path: string, state: DriftState): ReportItem {
  const warns = state === 'differs' || state === 'only-github';
  return reportItem({
    name: path,
    kind: 'drift',
    status: warns ? 'warning' : 'success',
    severity: warns ? 'warning' : 'info',
    message: DRIFT[state],
    hint: warns ? 'set the right value in ESC, then delete the secret in GitHub' : '',
    details: { drift: state },
  });
}
