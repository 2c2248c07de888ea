import { z } from 'zod';

const stageSettings = z.looseObject({
  targetPercentage: z.number(),
  requireApproval: z.boolean().nullish(),
  duration: z.number().nullish(),
});

/** A project's rolling releases as its settings have them: what the next release will do; the last stage is 100 %. */
export const rollingSettings = z.looseObject({
  advancementType: z.string().nullish(),
  stages: z.array(stageSettings).nullish(),
});

export type RollingSettings = z.output<typeof rollingSettings>;

const answer = z.looseObject({
  rollingRelease: z
    .looseObject({
      state: z.string(),
      canaryDeployment: z.looseObject({ id: z.string() }).nullish(),
      activeStage: z.looseObject({ index: z.number(), targetPercentage: z.number() }).nullish(),
    })
    .nullish(),
});

/** A project's newest rolling release. */
export interface RollingRelease {
  /** False: it was completed or aborted, or there never was one. */
  readonly isActive: boolean;
  /** Id of the deployment that it brings; empty where there never was one. */
  readonly canary: string;
  /** Null where it is over, or about to begin. */
  readonly stage: { readonly index: number; readonly weight: number } | null;
}

/** Reads Vercel's answer about rolling releases (GET /v1/projects/ID/rolling-release). @throws Error where it is none */
export function parseRelease(text: string): RollingRelease {
  const { rollingRelease } = answer.parse(JSON.parse(text));
  const stage = rollingRelease?.activeStage;
  return {
    isActive: rollingRelease?.state === 'ACTIVE',
    canary: rollingRelease?.canaryDeployment?.id ?? '',
    stage: stage ? { index: stage.index, weight: stage.targetPercentage } : null,
  };
}

/** The stages that the settings must have for a canary: one for each weight, and none goes on by itself. */
export function stagesProblem(
  settings: RollingSettings | undefined,
  weights: readonly number[],
): string | undefined {
  const command = ['vercel rolling-release configure --enable --advancement-type=manual-approval'];
  const hint = `run \`${[...command, ...weights.map((weight) => `--stage=${weight}`)].join(' ')}\``;
  if (settings === undefined)
    return `the project has no rolling releases, which a canary needs (a Pro or Enterprise plan): ${hint}`;
  const stages = (settings.stages ?? []).filter(({ targetPercentage }) => targetPercentage < 100);
  const percent = stages.map(({ targetPercentage }) => targetPercentage);
  if (percent.join() !== weights.join())
    return `the project's rolling releases have the stages ${percent.join(', ')}, and the canary ${weights.join(', ')}: ${hint}`;
  const isAutomatic =
    settings.advancementType === 'automatic' ||
    stages.some(({ requireApproval, duration }) => requireApproval === false || (duration ?? 0) > 0);
  return isAutomatic
    ? `the stages of the project's rolling releases go on by themselves: ${hint}`
    : undefined;
}

/** Which stage a release is to reach. */
export interface WantedStage {
  readonly canary: string;
  readonly index: number;
  /** Percent. */
  readonly weight: number;
}

/** What is to be done next, so that a release reaches a stage. */
export type ReleaseProgress =
  | { readonly next: 'start' }
  | { readonly next: 'wait' }
  | { readonly next: 'nothing' }
  | { readonly next: 'approve'; readonly index: number }
  | { readonly next: 'give-up'; readonly message: string };

/** @returns how a release goes on to a stage; one that somebody else has ended or begun is left alone. */
export function releaseProgress(
  { isActive, canary, stage }: RollingRelease,
  wanted: WantedStage,
): ReleaseProgress {
  if (!isActive && wanted.index === 0) return { next: 'start' };
  if (!isActive)
    return { next: 'give-up', message: `the rolling release of ${wanted.canary} was ended by somebody else` };
  if (canary !== wanted.canary) return { next: 'give-up', message: underWay(canary) };
  if (stage === null) return { next: 'wait' };
  if (stage.index < wanted.index) return { next: 'approve', index: stage.index };
  if (stage.index === wanted.index && stage.weight === wanted.weight) return { next: 'nothing' };
  return {
    next: 'give-up',
    message: `the rolling release of ${canary} is at ${stage.weight} %, and should be at ${wanted.weight} %`,
  };
}

export const underWay = (canary: string): string =>
  `a rolling release of ${canary} is under way: complete or abort it first`;
