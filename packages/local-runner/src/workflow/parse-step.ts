import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition';
import type { ActionCall, ScriptCall, StepModel } from './model.ts';
import { findShell } from './shells.ts';
import type { FileReport, TemplateToken } from './tokens.ts';
import { entriesOf, isBasicExpression, itemsOf, literalText, valueAt } from './tokens.ts';

const ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Keys of a step that GitHub knows and this runner does not (background steps). */
const UNSUPPORTED = ['background', 'wait', 'wait-all', 'cancel', 'parallel'];

/**
 * The text of an `if`, with a status function: as GitHub does, a condition without one gets `success() &&`.
 * An absent one is `success()`.
 */
export function parseCondition(token: TemplateToken | undefined): string {
  if (!token) return 'success()';
  const text = isBasicExpression(token) ? token.expression : (literalText(token) ?? '').trim();
  return text === '' ? 'success()' : ensureStatusFunction(text, token.definitionInfo);
}

/** A shell that is an expression is known only when the step runs. */
export function checkShell(token: TemplateToken | undefined, report: FileReport): void {
  const text = literalText(token);
  if (!token || text === undefined || findShell(text)) return;
  report.refuse(token, `the shell '${text}' is not supported locally`);
}

function parseCall(token: TemplateToken): ScriptCall | ActionCall | undefined {
  const script = valueAt(token, 'run');
  if (script) {
    const workingDirectory = valueAt(token, 'working-directory');
    return { kind: 'run', script, shell: valueAt(token, 'shell'), workingDirectory };
  }
  const uses = literalText(valueAt(token, 'uses'));
  return uses === undefined ? undefined : { kind: 'uses', uses, with: valueAt(token, 'with') };
}

function parseStep(token: TemplateToken, report: FileReport): StepModel | undefined {
  const unsupported = entriesOf(token).filter(({ key }) => UNSUPPORTED.includes(key));
  for (const { at, key } of unsupported) report.refuse(at, `the step key '${key}' is not supported locally`);
  checkShell(valueAt(token, 'shell'), report);
  const call = parseCall(token);
  if (!call) return undefined;
  const idToken = valueAt(token, 'id');
  const id = literalText(idToken);
  if (idToken && id !== undefined && !ID.test(id)) report.refuse(idToken, `'${id}' is not a valid step id`);
  return {
    at: report.at(token),
    id,
    name: valueAt(token, 'name'),
    condition: parseCondition(valueAt(token, 'if')),
    env: valueAt(token, 'env'),
    continueOnError: valueAt(token, 'continue-on-error'),
    timeoutMinutes: valueAt(token, 'timeout-minutes'),
    call,
  };
}

/** Reads the steps of a job or composite action; two steps with one id are refused. */
export function parseSteps(token: TemplateToken | undefined, report: FileReport): StepModel[] {
  const seen = new Set<string>();
  const steps: StepModel[] = [];
  for (const item of itemsOf(token)) {
    const step = parseStep(item, report);
    if (!step) continue;
    const key = step.id?.toLowerCase();
    if (key !== undefined && seen.has(key)) report.refuse(item, `the step id '${step.id}' is used twice`);
    if (key !== undefined) seen.add(key);
    steps.push(step);
  }
  return steps;
}
