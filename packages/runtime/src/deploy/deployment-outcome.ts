import { join } from 'node:path';

import type { JournalEvent } from '@sophia/core/deploy/event';
import { irreversibleSteps, remainingSteps } from '@sophia/core/deploy/next-event';
import { stepId } from '@sophia/core/deploy/plan';
import type { Plan } from '@sophia/core/deploy/plan';
import { renderDeploymentSummary } from '@sophia/core/deploy/render-deployment';
import { describeUndo } from '@sophia/core/deploy/render-plan';
import {
  budgets,
  deploymentItems,
  regionMetrics,
  summariseDeployment,
} from '@sophia/core/deploy/report-deployment';
import type { DeploymentState } from '@sophia/core/deploy/state';
import { stepsOf } from '@sophia/core/deploy/state';
import type { ReportItem, ReportStatus } from '@sophia/core/report/envelope';
import { reportItem, stepPasses } from '@sophia/core/report/judge';

import type { Annotation } from '../host/host.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { deploymentFiles } from './deployment-files.ts';

/** A deployment as a run left it. */
export interface DeploymentEnd {
  readonly state: DeploymentState;
  readonly events: readonly JournalEvent[];
  readonly head: string;
  readonly cancelled: boolean;
}

/** @returns the outputs that every outcome of a deployment has. */
export function deploymentOutputs(session: Session, deploymentId: string): Readonly<Record<string, string>> {
  const files = deploymentFiles(deploymentId);
  const { clock } = session.host;
  return {
    'deployment-id': deploymentId,
    'failed-step': '',
    'journal-path': join(session.directory, files.journal),
    'log-path': join(session.directory, files.log),
    'duration-ms': String(Math.round(clock.monotonicMs() - session.startedMonotonicMs)),
  };
}

/** @returns what a run over a deployment's journal comes to. */
export function deploymentOutcome(
  session: Session,
  end: DeploymentEnd,
  asked: { rollback: boolean },
): Outcome {
  const { state, events, head } = end;
  const { deploymentId, environment, planHash, plan, commit, undoes } = state.started;
  const files = deploymentFiles(deploymentId);
  const status = statusOf(end);
  const undoOf = new Map(stepsOf(state.started).map(({ id, step }) => [id, describeUndo(step.undo)]));
  const remaining = remainingSteps(state).map((step) => ({ step, undo: undoOf.get(step) ?? '' }));
  const left = state.result === 'rollback-failed' ? remaining : [];
  const journal = { path: files.journal, head, events: events.length };
  const items = deploymentItems(state, events);
  return outcome({
    status,
    passes: stepPasses(status, asked),
    environment,
    deploymentId,
    items,
    metrics: { ...budgets(state, events), ...regionMetrics(state) },
    summary: status === 'cancelled' ? `cancelled; ${summariseDeployment(state)}` : summariseDeployment(state),
    details: {
      commit,
      planHash,
      journal,
      remaining: left,
      irreversible: state.rollbackReason === null ? [] : irreversibleSteps(state),
      undoes: undoes?.deploymentId ?? null,
      phases: state.phases,
      timeoutMs: plan.timeoutMs,
    },
    outputs: {
      ...deploymentOutputs(session, deploymentId),
      'failed-step': state.failedStep ?? '',
      'plan-hash': planHash,
    },
    annotations: items.flatMap(annotationOf),
    reportFile: files.report,
    attachments: [files.journal, files.log],
    renderMarkdown: (report) => renderDeploymentSummary(report, { remaining: left, journal }),
  });
}

function statusOf({ state, cancelled }: DeploymentEnd): ReportStatus {
  return state.result ?? (cancelled ? 'cancelled' : 'failure');
}

function annotationOf({ status, severity, name, message, hint }: ReportItem): readonly Annotation[] {
  if (status !== 'failure') return [];
  return [
    {
      level: severity === 'critical' ? 'error' : 'warning',
      title: name,
      message: `${message}\nhint: ${hint}`,
    },
  ];
}

export interface PlannedRequest {
  readonly plan: Plan;
  readonly planHash: string;
  readonly deploymentId: string;
  readonly changes: readonly string[];
}

/** @returns the outcome of a dry run: every step as it would be, none of them done. */
export function plannedOutcome(
  session: Session,
  { plan, planHash, deploymentId, changes }: PlannedRequest,
): Outcome {
  const items = plan.phases.flatMap((phase) =>
    phase.steps.map((step) =>
      reportItem({
        name: stepId(phase.name, step.name),
        kind: step.act.kind,
        status: 'skipped',
        attempts: 0,
        message: step.undo.kind === 'irreversible' ? 'planned; cannot be undone' : 'planned',
      }),
    ),
  );
  return outcome({
    status: 'planned',
    passes: true,
    environment: plan.environment,
    deploymentId,
    items,
    summary: `${items.length} steps in ${plan.phases.length} phases are planned; nothing was done`,
    details: { planHash, plan, changes },
    outputs: { ...deploymentOutputs(session, deploymentId), 'plan-hash': planHash },
    reportFile: deploymentFiles(deploymentId).report,
  });
}
