import type { EngineAct, EngineName } from './engine-act.ts';
import { planKubernetes } from './kubernetes-commands.ts';

/** A program and its arguments; no shell. */
export type Words = readonly [string, ...string[]];

/** The programs that an engine runs for one step, in order; `<name>` stands for what is known only then. */
export interface EngineCommands {
  readonly before: readonly Words[];
  readonly run: readonly Words[];
  readonly undo: readonly Words[];
}

export interface EngineFacts {
  /** What its steps leave for later steps, as if a program had written it to `$SOPHIA_OUTPUT`. */
  readonly outputs: readonly string[];
  /** Secrets that its programs get without being listed. */
  readonly secrets: readonly string[];
  /** Variables that are no secrets, and that its programs get too. */
  readonly variables: readonly string[];
}

export const engineFacts: Readonly<Record<EngineName, EngineFacts>> = {
  kubernetes: { outputs: [], secrets: [], variables: ['KUBECONFIG'] },
};

/** @returns what an engine will run, from the functions that run it; contacts nothing. */
export function engineCommands(act: EngineAct): EngineCommands {
  switch (act.engine) {
    case 'kubernetes':
      return planKubernetes(act.settings, act.stage);
  }
}

/** @returns every program that must be there before the step may begin. */
export function enginePrograms(act: EngineAct): readonly string[] {
  const { before, run, undo } = engineCommands(act);
  return [...new Set([...before, ...run, ...undo].map(([program]) => program))];
}
