import { formatDuration } from '../duration.ts';
import { wavesOf } from '../graph.ts';
import type { EngineStage } from './engines/engine-act.ts';
import { engineCommands } from './engines/engine-facts.ts';
import type { EngineCommands, Words } from './engines/engine-commands.ts';
import type { Plan, PlannedCommand, PlannedPhase, PlannedStep, PlannedUndo } from './plan.ts';

const LONGEST_COMMAND = 160;

export interface PlanView {
  readonly plan: Plan;
  readonly planHash: string;
  readonly deploymentId: string;
}

const JOURNALS: Readonly<Record<Plan['journal'], string>> = {
  file: "file, which survives a failure and a cancel, but not the loss of the runner's disk",
  artifact: 'artifact, which survives a failure and a cancel, but not the loss of the runner',
  'git-ref': 'git-ref, which survives the loss of the runner too',
};

/** @returns the plan for people, as lines of plain text: what runs, in which order, within which bounds, and its undo. */
export function renderPlan({ plan, planHash, deploymentId }: PlanView): string {
  const forward = formatDuration(plan.timeoutMs - plan.rollbackTimeoutMs);
  const waves = wavesOf(new Map(plan.phases.map(({ name, needs }) => [name, needs])));
  const waveOf = (name: string) => waves.findIndex((wave) => wave.includes(name)) + 1;
  return [
    `deployment ${deploymentId} to ${plan.environment}`,
    `time: ${formatDuration(plan.timeoutMs)} in all, ${forward} for the steps, ${formatDuration(plan.rollbackTimeoutMs)} kept for a rollback`,
    `journal: ${JOURNALS[plan.journal]}`,
    ...plan.phases.flatMap((phase) => renderPhase(phase, waveOf(phase.name))),
    `plan ${planHash}`,
  ].join('\n');
}

function renderPhase(phase: PlannedPhase, wave: number): string[] {
  const needs = phase.needs.length === 0 ? 'needs nothing' : `needs ${phase.needs.join(', ')}`;
  const region =
    phase.region === undefined
      ? ''
      : `; region ${phase.region.name}, of which ${phase.region.maxFailures} may fail`;
  const failure = phase.onFailure === 'rollback' ? '' : `; on failure: ${phase.onFailure}`;
  return [`${wave}. phase ${phase.name} (${needs}${region}${failure})`, ...phase.steps.flatMap(renderStep)];
}

function renderStep(step: PlannedStep): string[] {
  const bounds = [
    `at most ${formatDuration(step.timeoutMs)}`,
    ...(step.retries === 0 ? [] : [`${step.retries} ${step.retries === 1 ? 'retry' : 'retries'}`]),
    ...(step.secrets.length === 0 ? [] : [`secrets ${step.secrets.join(', ')}`]),
  ];
  const head = `   - ${step.name}: ${describeAct(step)} (${bounds.join('; ')})`;
  if (step.act.kind === 'engine') return [head, ...renderEngine(engineCommands(step.act), step.undo)];
  const before = step.before === null ? [] : [`       before: ${oneLine(step.before)}`];
  return [head, ...before, `       undo: ${describeUndo(step.undo)}`];
}

/** The programs themselves, a line each. */
function renderEngine({ check, before, run, undo }: EngineCommands, planned: PlannedUndo): string[] {
  const lines = (what: string, programs: readonly Words[]) =>
    programs.map((words) => `       ${what}: ${words.join(' ')}`);
  const back = planned.kind === 'engine' ? lines('undo', undo) : [`       undo: ${describeUndo(planned)}`];
  return [...lines('check', check), ...lines('before', before), ...lines('run', run), ...back];
}

const describeChecks = (checks: 'all' | readonly string[]) =>
  checks === 'all' ? 'all checks' : `the checks ${checks.join(', ')}`;

function describeWatch({ checks, durationMs }: Extract<PlannedStep['act'], { kind: 'watch' }>): string {
  const time = formatDuration(durationMs);
  return checks.length === 0 ? `wait ${time}` : `${describeChecks(checks)}, again and again for ${time}`;
}

function describeStage(stage: EngineStage): string {
  switch (stage.kind) {
    case 'whole':
      return '';
    case 'start':
      return ` (${stage.strategy}): the new version, without traffic`;
    case 'weight':
      return ` (canary): ${stage.weight} % of the traffic`;
    case 'promote':
      return ` (${stage.strategy}): all traffic`;
  }
}

function describeAct({ act }: PlannedStep): string {
  switch (act.kind) {
    case 'run':
      return oneLine(act.command);
    case 'fleet':
      return 'start the fleet of the mcp section';
    case 'gate':
      return describeChecks(act.checks);
    case 'watch':
      return describeWatch(act);
    case 'engine':
      return `${act.engine}${describeStage(act.stage)}`;
    case 'require-env':
      return `these variables must be set: ${act.names.join(', ')}`;
  }
}

/** @returns how a step is undone, for people. */
export function describeUndo(undo: PlannedUndo): string {
  switch (undo.kind) {
    case 'command':
      return oneLine(undo.command);
    case 'stop-fleet':
      return 'stop the fleet';
    case 'engine':
      return 'what the engine does to return to the state before';
    case 'none':
      return 'nothing to undo';
    case 'irreversible':
      return 'IRREVERSIBLE: there is no undo';
  }
}

function oneLine(command: PlannedCommand): string {
  const text =
    typeof command === 'string' ? command.trim().replace(/\s*\n\s*/g, '; ') : JSON.stringify(command);
  return text.length > LONGEST_COMMAND ? `${text.slice(0, LONGEST_COMMAND)}...` : text;
}
