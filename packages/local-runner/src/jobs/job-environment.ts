import { evaluateText, type Scope } from '../expressions/evaluate.ts';
import type { StepsJob } from '../workflow/model.ts';
import type { TemplateToken } from '../workflow/tokens.ts';
import { isMapping, valueAt } from '../workflow/tokens.ts';

/** `environment: name`, or `environment: { name, url }`; the one text is the name. */
function partOf({ environment }: StepsJob, part: 'name' | 'url'): TemplateToken | undefined {
  if (!environment || isMapping(environment)) return valueAt(environment, part);
  return part === 'name' ? environment : undefined;
}

/** @returns the GitHub environment that a job names; an empty name is none. */
export function environmentName(job: StepsJob, scope: Scope): string | undefined {
  const name = evaluateText(partOf(job, 'name'), scope);
  return name === '' ? undefined : name;
}

/** @returns the environment's URL, which may refer to outputs of the steps. */
export function environmentUrl(job: StepsJob, scope: Scope): string {
  return evaluateText(partOf(job, 'url'), scope);
}
