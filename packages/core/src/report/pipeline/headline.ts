import type { Category, Report } from '../envelope.ts';
import { MISSING_REPORTS } from './model.ts';
import type { Problem, StageKind, Verdict } from './model.ts';

/** What a category says about its item, as the end of a sentence. */
const PHRASES: Readonly<Record<Category, string>> = {
  configuration: 'is not configured',
  dns: 'has no address',
  refused: 'refuses connections',
  timeout: 'timed out',
  tls: 'has a TLS problem',
  unauthorized: 'rejected the credentials',
  forbidden: 'denied access',
  billing: 'has a billing problem',
  'rate-limited': 'is rate-limited',
  'not-found': 'was not found',
  'server-error': 'answers with errors',
  protocol: 'broke the protocol',
  assertion: 'is not as expected',
  runner: 'cannot be reached from this runner',
};

interface HeadlineParts {
  readonly verdict: Verdict;
  readonly problems: readonly Problem[];
  readonly reports: readonly Report[];
  readonly environment: string;
  readonly isPullRequest: boolean;
  /** Whether there was a file that could not be read. */
  readonly isUnreadable: boolean;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const SUBJECTS: Partial<Readonly<Record<StageKind, string>>> = { tests: 'test', findings: 'finding' };

/** @returns a problem as a sentence: `openai rejected the credentials`. */
function sentence(problem: Problem, all: readonly Problem[]): string {
  const noun = SUBJECTS[problem.stage];
  if (noun !== undefined) {
    const same = all.filter(({ stage, verdict }) => stage === problem.stage && verdict === problem.verdict);
    return noun === 'test' ? `${plural(same.length, noun)} failed` : plural(same.length, noun);
  }
  if (problem.where === MISSING_REPORTS) return `the report ${problem.name} is missing`;
  if (problem.stage === 'jobs')
    return `job ${problem.name} ${problem.message.replace(/^the job (was )?/, '')}`;
  const phrase = problem.category === null ? undefined : PHRASES[problem.category];
  return `${problem.name} ${phrase ?? (problem.verdict === 'failure' ? 'failed' : 'needs a look')}`;
}

/** How many other things there are beside those that the sentence names. */
function others(problem: Problem, all: readonly Problem[]): string {
  const named = SUBJECTS[problem.stage] === undefined;
  const rest = all.filter((other) => (named ? other !== problem : other.stage !== problem.stage)).length;
  return rest > 0 ? `, and ${rest} more` : '';
}

const deploymentOf = (reports: readonly Report[]) =>
  reports.filter(({ kind }) => kind === 'deploy-phase').at(-1);

function redPrefix(status: Report['status'] | undefined): string {
  if (status === 'rollback-failed') return 'Rollback failed';
  if (status === 'rolled-back') return 'Rolled back';
  return status === 'cancelled' ? 'Cancelled' : 'Blocked';
}

function greenLine({ reports, environment, isPullRequest }: HeadlineParts): string {
  const deployment = deploymentOf(reports);
  if (deployment?.status === 'success') return `Deployed to ${environment || 'its environment'}`;
  if (deployment?.status === 'planned') return 'All clear, and the deployment is planned';
  return isPullRequest ? 'May go: all clear' : 'All clear';
}

/** A warning that no item explains: a file that is broken, or a report that is one as a whole. */
function ofNoItem({ reports, isUnreadable }: HeadlineParts): string {
  const whole = reports.find(({ status }) => status === 'warning' || status === 'rolled-back');
  return isUnreadable || whole === undefined
    ? 'but not everything could be read'
    : `with a warning: ${whole.summary || whole.kind}`;
}

/** @returns one line that says whether it may go, and what is wrong. */
export function headlineOf(parts: HeadlineParts): string {
  const { verdict, problems, reports, isPullRequest } = parts;
  if (verdict === 'success') return greenLine(parts);
  const shown = problems.filter((problem) => problem.verdict === verdict);
  const first = shown[0];
  if (verdict === 'warning') {
    const start =
      deploymentOf(reports)?.status === 'success' ? 'Deployed' : isPullRequest ? 'May go' : 'Passed';
    if (first === undefined) return `${start}, ${ofNoItem(parts)}`;
    return `${start}, with ${plural(shown.length, 'warning')}: ${sentence(first, shown)}`;
  }
  if (first === undefined) return 'Nothing was reported, so nothing is known';
  return `${redPrefix(deploymentOf(reports)?.status)}: ${sentence(first, shown)}${others(first, shown)}`;
}

/** @returns what to do next about the first problem; its message where there is no hint. */
export function fixOf(problems: readonly Problem[]): string {
  const first = problems[0];
  if (first === undefined) return '';
  return [first.message, first.hint].filter((part) => part !== '').join('; ');
}
