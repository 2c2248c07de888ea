import type { ReportItem, Severity } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import type { JournalEvent } from './event.ts';
import { irreversibleSteps, remainingSteps } from './next-event.ts';
import { describeUndo } from './render-plan.ts';
import { isToleratedFailure, stepsOf, stepState } from './state.ts';
import type { DeploymentState, StepInPlan, StepState } from './state.ts';

/** @returns an item for each step of the plan, in its order; what was stopped or never begun is `skipped`. */
export function deploymentItems(
  state: DeploymentState,
  events: readonly JournalEvent[],
): readonly ReportItem[] {
  return stepsOf(state.started).map((planned) => stepItem(state, planned, events));
}

function stepItem(state: DeploymentState, planned: StepInPlan, events: readonly JournalEvent[]): ReportItem {
  const own = stepState(state, planned.id);
  const begun = events.find(({ seq, type }) => type === 'step.started' && seq === own.startedSeq);
  const isForgiven = planned.phase.onFailure === 'continue' || isToleratedFailure(state, planned.phase);
  const severity: Severity = isForgiven ? 'warning' : 'critical';
  const base = reportItem({
    name: planned.id,
    kind: planned.step.act.kind,
    severity,
    durationMs: own.result?.durationMs ?? 0,
    attempts: own.result?.attempts ?? 0,
    details: { ...(begun === undefined ? {} : { startedAt: begun.time }), ...stepDetails(planned, own) },
  });
  return { ...base, ...verdict(state, planned, own) };
}

function stepDetails({ phase, step }: StepInPlan, { result, undo, undoResult }: StepState) {
  return {
    ...(phase.region === undefined ? {} : { region: phase.region.name }),
    exitCode: result?.exitCode ?? null,
    undo: undo ?? (step.undo.kind === 'irreversible' ? 'irreversible' : 'not-run'),
    ...(undoResult === null
      ? {}
      : {
          undoExitCode: undoResult.exitCode,
          undoMessage: undoResult.message,
          undoDurationMs: undoResult.durationMs,
        }),
  };
}

function verdict(state: DeploymentState, planned: StepInPlan, own: StepState): Partial<ReportItem> {
  if (own.undo === 'failed') return undoFailed(planned, own);
  const folded = state.failedStep === planned.id ? null : state.failedStep;
  switch (own.status) {
    case 'succeeded':
      if (state.started.undoes !== null && own.undo === null)
        return { status: 'skipped', message: 'nothing to undo' };
      return { status: 'success', message: own.undo === 'done' ? 'undone' : '' };
    case 'failed':
      return failed(own);
    case 'interrupted':
    case 'before':
    case 'running':
      if (own.result?.stopped === 'deadline') return { ...failed(own), foldedUnder: null };
      return {
        status: 'skipped',
        foldedUnder: folded,
        message: own.undo === 'done' ? 'stopped and undone' : 'stopped',
      };
    case 'pending':
      return { status: 'skipped', foldedUnder: folded, message: 'not run' };
  }
}

const failed = ({ result }: StepState): Partial<ReportItem> => ({
  status: 'failure',
  category: result?.category ?? 'assertion',
  message: result?.message ?? '',
  hint:
    result?.category === 'configuration'
      ? 'correct the step, or set what it needs; its lines in the log may say more'
      : 'read the lines of this step in the log',
});

const undoFailed = ({ step }: StepInPlan, { undoResult }: StepState): Partial<ReportItem> => ({
  status: 'failure',
  severity: 'critical',
  category: undoResult?.category ?? 'assertion',
  message: `its undo failed: ${undoResult?.message ?? ''}`,
  hint: `do by hand what the undo should have done: ${describeUndo(step.undo)}`,
});

/** How many regions a deployment goes to and where they are, as metrics; nothing for one without regions. */
export function regionMetrics(state: DeploymentState): Readonly<Record<string, number>> {
  const regional = state.started.plan.phases.filter(({ region }) => region !== undefined);
  if (regional.length === 0) return {};
  const count = (status: string) => regional.filter(({ name }) => state.phases[name] === status).length;
  return { regionPhases: regional.length, regionsDone: count('success'), regionsFailed: count('failure') };
}

/** How much of its two budgets a deployment used, in milliseconds, and what they were. */
export function budgets(
  { started }: DeploymentState,
  events: readonly JournalEvent[],
): Readonly<Record<string, number>> {
  const { timeoutMs, rollbackTimeoutMs } = started.plan;
  const timeOf = (event: JournalEvent | undefined) => Date.parse(event?.time ?? '');
  const first = timeOf(events[0]);
  const last = timeOf(events.at(-1));
  const rollback = timeOf(events.find(({ type }) => type === 'rollback.started'));
  const used = Number.isNaN(rollback)
    ? { forwardMs: last - first }
    : { forwardMs: rollback - first, rollbackMs: last - rollback };
  return { forwardBudgetMs: timeoutMs - rollbackTimeoutMs, rollbackBudgetMs: rollbackTimeoutMs, ...used };
}

function warningSummary(state: DeploymentState): string {
  const undone = state.started.plan.phases.filter((phase) => isToleratedFailure(state, phase));
  if (undone.length === 0) return 'deployed, though a phase failed whose failure is forgiven';
  return `deployed, but for what failed and was rolled back: ${undone.map(({ name }) => name).join(', ')}`;
}

/** One line for people: how the deployment ended, and what is left to do by hand. */
export function summariseDeployment(state: DeploymentState): string {
  const failure = state.failedStep === null ? '' : ` after ${state.failedStep} failed`;
  const left = remainingSteps(state);
  const fixed = irreversibleSteps(state);
  const irreversible = fixed.length === 0 ? '' : `; these steps cannot be undone: ${fixed.join(', ')}`;
  switch (state.result) {
    case 'success':
      return 'deployed';
    case 'warning':
      return warningSummary(state);
    case 'failure':
      return `the deployment failed${state.failedStep === null ? '' : ` at ${state.failedStep}`}; nothing was rolled back`;
    case 'rolled-back':
      return `rolled back${failure}${irreversible}`;
    case 'rollback-failed':
      return `the rollback${failure} did not succeed; to be undone by hand: ${left.join(', ')}${irreversible}`;
    case null:
      return `the deployment is unfinished${left.length === 0 ? '' : `; still to be undone or resumed: ${left.join(', ')}`}`;
  }
}
