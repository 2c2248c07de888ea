import type { EngineName } from '../deploy/engines/engine-act.ts';
import { engineFacts } from '../deploy/engines/engine-facts.ts';
import { formatDuration } from '../duration.ts';
import { didYouMean } from '../nearest-name.ts';
import type { DeploymentConfig, PhaseConfig, StepConfig } from './deployment-schema.ts';
import { analysesOf } from './strategy-schema.ts';

export interface StrategyFinding {
  /** Below the phase. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const ENGINES = ['pulumi', 'docker', 'kubernetes', 'vercel'] as const;

const enginesOf = (step: StepConfig) => ENGINES.filter((engine) => step[engine] !== undefined);

/** @returns what is wrong with the strategy of a phase; nothing for all-at-once. */
export function strategyFindings(
  phase: PhaseConfig,
  deployment: DeploymentConfig,
  checks: readonly string[] | undefined,
): readonly StrategyFinding[] {
  const { strategy, steps } = phase;
  if (strategy.kind === 'all-at-once') return [];
  const path = ['strategy'];
  const engines = [...new Set(steps.flatMap(enginesOf))];
  const unfit = engines.filter((engine) => !canDo(engine, strategy.kind));
  const analyses = analysesOf(strategy);
  const gates = analyses.flatMap(({ gate }) => (gate === 'all' ? [] : gate));
  const unknown = checks === undefined ? [] : gates.filter((name) => !checks.includes(name));
  const pauseMs = analyses.reduce((sum, { pause = 0 }) => sum + pause, 0);
  const forwardMs = deployment.timeout - deployment['rollback-timeout'];
  return [
    ...(engines.length > 0
      ? []
      : [
          {
            path,
            message: `${strategy.kind}: the phase has no step of an engine that can do it (${able(strategy.kind)})`,
          },
        ]),
    ...unfit.map((engine) => ({
      path,
      message: `${strategy.kind}: the engine ${engine} cannot do it (${able(strategy.kind)} can)`,
    })),
    ...unknown.map((name) => ({
      path,
      message: `no check is named "${name}"${didYouMean(name, checks ?? [])}`,
    })),
    ...(pauseMs < forwardMs
      ? []
      : [
          {
            path,
            message: `its pauses take ${formatDuration(pauseMs)}, and all steps have ${formatDuration(forwardMs)}`,
          },
        ]),
  ];
}

const canDo = (engine: EngineName, strategy: string): boolean =>
  engineFacts[engine].strategies.some((one) => one === strategy);

const able = (strategy: string) => ENGINES.filter((engine) => canDo(engine, strategy)).join(', ');
