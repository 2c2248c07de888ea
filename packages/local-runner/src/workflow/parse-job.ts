import type { CallJob, JobModel, RunDefaults, StepsJob } from './model.ts';
import { checkShell, parseCondition, parseSteps } from './parse-step.ts';
import { parsePermissions } from './permissions.ts';
import type { FileReport, TemplateToken } from './tokens.ts';
import { entriesOf, isMapping, itemsOf, literalText, valueAt } from './tokens.ts';

const ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Keys of a job that GitHub knows and this runner does not: it has neither containers nor machine images. */
const UNSUPPORTED = ['container', 'services', 'snapshot', 'cancel-timeout-minutes'];

/** Reads `defaults: { run: { shell, working-directory } }`. */
export function parseDefaults(token: TemplateToken | undefined, report: FileReport): RunDefaults {
  const run = valueAt(token, 'run');
  checkShell(valueAt(run, 'shell'), report);
  return { shell: valueAt(run, 'shell'), workingDirectory: valueAt(run, 'working-directory') };
}

function parseNeeds(token: TemplateToken): string[] {
  return itemsOf(valueAt(token, 'needs')).map((item) => literalText(item) ?? '');
}

function parseSecrets(token: TemplateToken | undefined): CallJob['secrets'] {
  return literalText(token) === 'inherit' ? 'inherit' : token;
}

/** Reads one job: one with steps, or one that calls a reusable workflow. */
export function parseJob(id: TemplateToken, token: TemplateToken, report: FileReport): JobModel | undefined {
  const name = id.toString();
  if (!ID.test(name)) report.refuse(id, `'${name}' is not a valid job id`);
  for (const { key, at } of entriesOf(token)) {
    if (UNSUPPORTED.includes(key)) report.refuse(at, `the job key '${key}' is not supported locally`);
  }
  const base = {
    id: name,
    at: report.at(id),
    name: valueAt(token, 'name'),
    needs: parseNeeds(token),
    condition: parseCondition(valueAt(token, 'if')),
    permissions: parsePermissions(valueAt(token, 'permissions'), report),
    concurrency: valueAt(token, 'concurrency'),
    strategy: valueAt(token, 'strategy'),
  };
  const uses = literalText(valueAt(token, 'uses'));
  if (uses !== undefined) {
    const secrets = parseSecrets(valueAt(token, 'secrets'));
    return { ...base, kind: 'call', uses, with: valueAt(token, 'with'), secrets };
  }
  return parseStepsJob(base, token, report);
}

type JobBase = Omit<CallJob, 'kind' | 'uses' | 'with' | 'secrets'>;

function parseStepsJob(base: JobBase, token: TemplateToken, report: FileReport): StepsJob | undefined {
  const runsOn = valueAt(token, 'runs-on');
  if (!runsOn) return undefined; // the schema has complained
  for (const label of itemsOf(isMapping(runsOn) ? valueAt(runsOn, 'labels') : runsOn)) {
    if (/^windows/i.test(literalText(label) ?? ''))
      report.refuse(label, 'there is no Windows here: it has none of its shells');
  }
  const steps = parseSteps(valueAt(token, 'steps'), report);
  if (steps.length === 0) report.refuse(token, `the job '${base.id}' has no steps`);
  return {
    ...base,
    kind: 'steps',
    runsOn,
    timeoutMinutes: valueAt(token, 'timeout-minutes'),
    continueOnError: valueAt(token, 'continue-on-error'),
    env: valueAt(token, 'env'),
    environment: valueAt(token, 'environment'),
    outputs: valueAt(token, 'outputs'),
    defaults: parseDefaults(valueAt(token, 'defaults'), report),
    steps,
  };
}
