import { SophiaError } from '@sophia/core/errors';
import { evaluateText, type Scope } from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { Run } from '../run.ts';
import type { JobModel, WorkflowModel } from '../workflow/model.ts';
import { entriesOf, isBasicExpression } from '../workflow/tokens.ts';
import { runGithubContext } from './github-context.ts';

/** Values of a matrix may be long, names of files may not. */
const MAX_SUFFIX = 60;

/** A workflow that runs: the one that was started, or one that a job calls. */
export interface WorkflowCall {
  readonly run: Run;
  readonly workflow: WorkflowModel;
  /** Ids of the calling jobs, outermost first. */
  readonly callers: readonly string[];
  /** Begins the keys of its jobs. */
  readonly keyPrefix: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly signal: AbortSignal;
  /** The concurrency groups in which the calling jobs run. */
  readonly heldGroups: readonly string[];
}

/** One combination of a job's matrix, ready to run. */
export interface Combination {
  readonly job: JobModel;
  readonly call: WorkflowCall;
  readonly scope: Scope;
  readonly suffix: string;
  readonly stop: AbortSignal;
}

/** What expressions of a job see before its strategy is known. */
export function jobScope(call: WorkflowCall, needs: Json): Scope {
  const { run, inputs } = call;
  return { contexts: { github: runGithubContext(run), vars: run.vars, inputs, needs } };
}

/** The name by which a combination is shown. */
export function jobName({ job, scope, suffix }: Combination): string {
  if (!job.name) return job.id + suffix;
  const name = evaluateText(job.name, scope);
  return isBasicExpression(job.name) ? name : name + suffix;
}

/** Keys name files and folders: short, without anything that a path could mean, each one once in a run. */
export function takeKey({ job, call, suffix }: Combination): string {
  const clean = suffix
    .replaceAll(/[^A-Za-z0-9-]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, MAX_SUFFIX);
  const base = [call.keyPrefix + job.id, clean].filter((part) => part !== '').join('.');
  const { keys } = call.run;
  let key = base;
  for (let number = 2; keys.has(key.toLowerCase()); number++) key = `${base}-${number}`;
  keys.add(key.toLowerCase());
  return key;
}

/**
 * The concurrency group of a combination.
 *
 * @throws SophiaError `configuration` if a calling job is in the same group: both would wait for ever
 */
export function concurrencyGroup({ job, scope, call }: Combination): string | undefined {
  if (!job.concurrency) return undefined;
  const group = entriesOf(job.concurrency).find(({ key }) => key === 'group')?.value ?? job.concurrency;
  const name = evaluateText(group, scope);
  if (!call.heldGroups.includes(name.toLowerCase())) return name;
  throw new SophiaError('configuration', {
    message: `the job '${job.id}' waits for the concurrency group '${name}' of the job that calls it`,
    hint: 'give the two jobs different groups',
  });
}
