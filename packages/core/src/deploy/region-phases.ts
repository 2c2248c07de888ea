import { regionPhaseName } from '../config/region-name.ts';
import type { Regions } from '../config/regions-schema.ts';
import { mapStrings } from './engines/fill-outputs.ts';
import type { PlannedPhase, PlannedStep } from './plan.ts';

/** A phase before its regions are known. */
export interface RegionalPhase {
  readonly phase: PlannedPhase;
  readonly regions: Regions | undefined;
}

/**
 * Makes a phase of each region: each wave needs the one before, and who needs the phase needs its last wave.
 * `${SOPHIA_REGION}` in settings of engines, `env`, directories and commands that are lists becomes the region.
 */
export function expandRegions(phases: readonly RegionalPhase[]): readonly PlannedPhase[] {
  const last = new Map(
    phases.map(({ phase, regions }) => [phase.name, lastNames(phase.name, regions)] as const),
  );
  return phases.flatMap(({ phase, regions }) => {
    const needs = phase.needs.flatMap((need) => last.get(need) ?? [need]);
    if (regions === undefined) return [{ ...phase, needs }];
    const { waves, maxFailures } = regions;
    return waves.flatMap((wave, index) =>
      wave.map((name) => ({
        ...phase,
        name: regionPhaseName(phase.name, name),
        needs: waves[index - 1]?.map((before) => regionPhaseName(phase.name, before)) ?? needs,
        steps: phase.steps.map((step) => inRegion(step, name)),
        region: { name, of: phase.name, maxFailures },
      })),
    );
  });
}

const lastNames = (phase: string, regions: Regions | undefined): readonly string[] =>
  regions === undefined ? [phase] : (regions.waves.at(-1) ?? []).map((name) => regionPhaseName(phase, name));

/** Text for a shell is left alone: the shell reads the variable itself. */
function inRegion(step: PlannedStep, region: string): PlannedStep {
  const put = <T>(value: T): T => mapStrings(value, (text) => text.replaceAll('${SOPHIA_REGION}', region));
  const { act, before, undo } = step;
  return {
    ...step,
    act: act.kind === 'run' && typeof act.command === 'string' ? act : put(act),
    before: typeof before === 'string' ? before : put(before),
    undo: undo.kind === 'command' && typeof undo.command === 'string' ? undo : put(undo),
    env: put(step.env),
    directory: put(step.directory),
  };
}
