import type { JobModel, Origin, WorkflowModel } from './model.ts';
import { parseDefaults, parseJob } from './parse-job.ts';
import { parseTriggers } from './parse-triggers.ts';
import { parsePermissions } from './permissions.ts';
import type { Problem } from './problems.ts';
import { readFileTokens } from './schema.ts';
import type { TemplateToken } from './tokens.ts';
import { entriesOf, FileReport, literalText, refuseInserts, valueAt } from './tokens.ts';

/** A workflow file with everything in it that is refused; `model` is what could be read nevertheless. */
export interface ParsedWorkflow {
  readonly model: WorkflowModel | undefined;
  readonly problems: readonly Problem[];
}

/** The jobs of a workflow. */
export type JobsById = ReadonlyMap<string, JobModel>;

/** @returns the ids of all jobs that a job needs, directly or by way of others. */
export function allNeeds(job: JobModel, byId: JobsById, found = new Set<string>()): Set<string> {
  for (const id of job.needs) {
    const next = byId.get(id);
    if (!next || found.has(id)) continue;
    found.add(id);
    allNeeds(next, byId, found);
  }
  return found;
}

function checkNeeds(jobs: readonly JobModel[], problems: Problem[]): void {
  const byId: JobsById = new Map(jobs.map((job) => [job.id, job]));
  for (const job of jobs) {
    for (const need of job.needs.filter((id) => !byId.has(id))) {
      problems.push({ ...job.at, message: `the job '${job.id}' needs '${need}', which does not exist` });
    }
    if (allNeeds(job, byId).has(job.id)) {
      problems.push({ ...job.at, message: `the job '${job.id}' needs itself, by way of its needs` });
    }
  }
}

function parseJobs(token: TemplateToken | undefined, report: FileReport): JobModel[] {
  return entriesOf(token).flatMap(({ at, value }) => parseJob(at, value, report) ?? []);
}

/** Reads a workflow file. Everything is checked that can be without running it; all problems come together. */
export function parseWorkflow(file: string, text: string, origin: Origin): ParsedWorkflow {
  const { root, problems: refused } = readFileTokens('workflow-root-strict', file, text);
  if (!root) return { model: undefined, problems: refused };
  const report = new FileReport(file);
  refuseInserts(root, report);
  const jobs = parseJobs(valueAt(root, 'jobs'), report);
  if (jobs.length === 0 && refused.length === 0) report.refuse(root, 'the workflow has no jobs');
  checkNeeds(jobs, report.problems);
  const model: WorkflowModel = {
    file,
    origin,
    name: literalText(valueAt(root, 'name')) ?? file,
    runName: valueAt(root, 'run-name'),
    ...parseTriggers(valueAt(root, 'on')),
    env: valueAt(root, 'env'),
    defaults: parseDefaults(valueAt(root, 'defaults'), report),
    permissions: parsePermissions(valueAt(root, 'permissions'), report),
    concurrency: valueAt(root, 'concurrency'),
    jobs,
  };
  return { model, problems: [...refused, ...report.problems] };
}
