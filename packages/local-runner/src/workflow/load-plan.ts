import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, SophiaError } from '@sophia/core/errors';
import type { Builtin } from '../builtins/builtin.ts';
import type { CallJob, JobModel, StepModel, WorkflowModel } from './model.ts';
import { parseWorkflow } from './parse-workflow.ts';
import type { Permissions } from './permissions.ts';
import { DEFAULT_PERMISSIONS, permissionsAbove } from './permissions.ts';
import { problemsError, type Position, type Problem } from './problems.ts';
import { resolveAction, resolveWorkflow, type Places } from './resolve-uses.ts';
import { entriesOf } from './tokens.ts';

/** A workflow that may run: everything that it calls has been read and found good. */
export interface Plan {
  readonly workflow: WorkflowModel;
  /** The workflow of each job that calls one. */
  readonly called: ReadonlyMap<CallJob, WorkflowModel>;
  /** What each job's token may do. */
  readonly permissions: ReadonlyMap<JobModel, Permissions>;
}

/** GitHub allows ten levels of reusable workflows (docs: reusing workflows, limitations). */
const MAX_DEPTH = 10;

class Loader {
  readonly problems: Problem[] = [];
  readonly called = new Map<CallJob, WorkflowModel>();
  readonly permissions = new Map<JobModel, Permissions>();
  readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  refuse(at: Position, thrown: unknown): void {
    const nested = thrown instanceof SophiaError ? thrown.details['problems'] : undefined;
    if (Array.isArray(nested)) this.problems.push(...(nested as Problem[]));
    else this.problems.push({ ...at, message: messageOf(thrown) });
  }

  visit(workflow: WorkflowModel, ceiling: Permissions | undefined, depth: number): void {
    for (const job of workflow.jobs) {
      const permissions = this.grant(job, workflow, ceiling);
      this.permissions.set(job, permissions);
      if (job.kind === 'steps') for (const step of job.steps) this.checkStep(step, workflow.origin, 0);
      else this.visitCall(job, workflow, depth);
    }
  }

  grant(job: JobModel, workflow: WorkflowModel, ceiling: Permissions | undefined): Permissions {
    const wanted = job.permissions ?? workflow.permissions;
    if (!wanted) return ceiling ?? DEFAULT_PERMISSIONS;
    const above = ceiling ? permissionsAbove(wanted, ceiling) : [];
    if (above.length > 0) {
      const message = `the job '${job.id}' asks for ${above.join(', ')}, more than its caller's permissions allow`;
      this.problems.push({ ...job.at, message });
    }
    return wanted;
  }

  checkStep(step: StepModel, origin: WorkflowModel['origin'], depth: number): void {
    if (step.call.kind !== 'uses') return;
    const { uses } = step.call;
    const source = this.places.repositoryDirectory;
    // A local action may come into being in the job: then the step itself says so.
    if (uses.startsWith('./') && !existsSync(join(source, uses))) return;
    try {
      const action = resolveAction(uses, { origin, places: this.places, workspace: source });
      if (action.kind === 'builtin') this.checkInputs(step, action.builtin);
      if (action.kind !== 'action') return;
      const { runs } = action.model;
      if (runs.kind === 'node') {
        if (depth > 0 && runs.pre !== undefined)
          throw new Error(`'${uses}' has a pre stage: not in a composite action`);
        return;
      }
      if (depth >= MAX_DEPTH) throw new Error(`'${uses}' is nested too deep`);
      for (const inner of runs.steps) this.checkStep(inner, action.origin, depth + 1);
    } catch (error) {
      this.refuse(step.at, error);
    }
  }

  checkInputs(step: StepModel, builtin: Builtin): void {
    if (step.call.kind !== 'uses') return;
    for (const { key, at } of entriesOf(step.call.with)) {
      if (Object.hasOwn(builtin.inputs, key.toLowerCase())) continue;
      const message = `${builtin.name}: the input '${key}' is not supported locally`;
      this.problems.push({
        ...step.at,
        line: at.line ?? step.at.line,
        column: at.col ?? step.at.column,
        message,
      });
    }
  }

  visitCall(job: CallJob, caller: WorkflowModel, depth: number): void {
    try {
      if (depth >= MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels of reusable workflows`);
      const { model, problems } = resolveWorkflow(job.uses, caller, this.places);
      this.problems.push(...problems);
      if (!model) return;
      checkInterface(job, model);
      this.called.set(job, model);
      this.visit(model, this.permissions.get(job), depth + 1);
    } catch (error) {
      this.refuse(job.at, error);
    }
  }
}

function checkInterface(job: CallJob, model: WorkflowModel): void {
  const call = model.call;
  if (!call) throw new Error(`'${job.uses}' has no workflow_call trigger`);
  const given = entriesOf(job.with).map(({ key }) => key);
  const unknown = given.filter((key) => !call.inputs.some((input) => input.name === key));
  const missing = call.inputs.filter((input) => input.required && !given.includes(input.name));
  if (unknown.length > 0)
    throw new Error(`'${job.uses}' has no input ${unknown.map((name) => `'${name}'`).join(', ')}`);
  if (missing.length > 0) throw new Error(`'${job.uses}' requires the input '${missing[0]?.name}'`);
  checkSecrets(job, call.secrets);
}

function checkSecrets(job: CallJob, secrets: readonly { name: string; required: boolean }[]): void {
  if (job.secrets === 'inherit') return;
  const given = entriesOf(job.secrets).map(({ key }) => key.toLowerCase());
  const names = secrets.map(({ name }) => name.toLowerCase());
  const unknown = given.find((key) => !names.includes(key));
  const missing = secrets.find(({ name, required }) => required && !given.includes(name.toLowerCase()));
  if (unknown !== undefined) throw new Error(`'${job.uses}' has no secret '${unknown}'`);
  if (missing) throw new Error(`'${job.uses}' requires the secret '${missing.name}'`);
}

/**
 * Reads a workflow file and all that it calls: reusable workflows, actions, composite actions in them.
 *
 * @param shownAs the file's name in messages and in `github.workflow_ref`
 * @throws SophiaError `configuration` with every problem of every file, before anything has run
 */
export function loadPlan(path: string, shownAs: string, places: Places): Plan {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new SophiaError('not-found', {
      message: `there is no workflow file ${path}`,
      hint: 'check the path',
    });
  }
  const { model, problems } = parseWorkflow(shownAs, readFileSync(path, 'utf8'), 'repository');
  const loader = new Loader(places);
  loader.problems.push(...problems);
  if (model) loader.visit(model, undefined, 0);
  if (!model || loader.problems.length > 0) throw problemsError(loader.problems);
  return { workflow: model, called: loader.called, permissions: loader.permissions };
}
