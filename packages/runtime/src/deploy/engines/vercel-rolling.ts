import type { GradualStage } from '@sophia/core/deploy/engines/engine-act';
import {
  abortWords,
  approveWords,
  completeWords,
  startWords,
} from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelProject } from '@sophia/core/deploy/engines/vercel-commands';
import { releaseProgress, stagesProblem, underWay } from '@sophia/core/deploy/engines/vercel-rolling';

import { endedBadly } from '../acts.ts';
import { GivenUp } from './run-judged.ts';
import { lookAtProduction, lookAtRelease, lookUntil, vercel } from './vercel-cli.ts';
import type { Look, Production, VercelContext } from './vercel-cli.ts';

/** Fails where the project's settings would give other stages than the canary's. */
export function requireStages({ rolling }: Production, stage: GradualStage): void {
  const problem = stagesProblem(rolling, stage.weights);
  if (problem !== undefined) throw new GivenUp(endedBadly('configuration', problem));
}

/** Fails where somebody's release is under way: which deployment is to be gone back to would be a guess. */
export async function requireNoRelease(context: VercelContext, project: VercelProject): Promise<void> {
  const { isActive, canary } = await lookAtRelease(context, project);
  if (isActive) throw new GivenUp(endedBadly('assertion', underWay(canary)));
}

/** Starts the release of a deployment, or ends the stage before, unless it has that weight already. */
export async function reachWeight(
  context: VercelContext,
  project: VercelProject,
  { deployment, stage }: { readonly deployment: string; readonly stage: GradualStage & { kind: 'weight' } },
): Promise<void> {
  const wanted = {
    canary: deployment,
    index: stage.weights.indexOf(stage.weight),
    weight: stage.weight,
  };
  const message = `${deployment} does not get ${stage.weight} % of the traffic`;
  const asked = new Set<string>();
  const look = async (): Promise<Look> => {
    const progress = releaseProgress(await lookAtRelease(context, project), wanted);
    if (progress.next === 'give-up') throw new GivenUp(endedBadly('assertion', progress.message));
    if (progress.next === 'nothing') return { done: true, message };
    if (progress.next === 'wait') return { done: false, message };
    const words =
      progress.next === 'start' ? startWords(deployment) : approveWords(deployment, progress.index);
    // Asked for once: Vercel may need a moment until its answers show it.
    if (asked.has(words.join(' '))) return { done: false, message };
    asked.add(words.join(' '));
    await vercel(context, project, words);
    return look();
  };
  await lookUntil(context, look);
}

/** Ends a canary's own release with all traffic; one that somebody has aborted is not begun anew. */
export async function finishRelease(
  context: VercelContext,
  project: VercelProject,
  deployment: string,
): Promise<void> {
  const { isActive, canary } = await lookAtRelease(context, project);
  if (isActive && canary === deployment) await vercel(context, project, completeWords(deployment));
  else if (isActive) throw new GivenUp(endedBadly('assertion', underWay(canary)));
  else if ((await lookAtProduction(context, project)).deployment !== deployment)
    throw new GivenUp(
      endedBadly('assertion', `the rolling release of ${deployment} was ended by somebody else`),
    );
  await settled(context, project, deployment);
}

/** All traffic at once, in a project whose promotions begin a rolling release: it is started and completed. */
export async function releaseAtOnce(
  context: VercelContext,
  project: VercelProject,
  deployment: string,
): Promise<void> {
  const { isActive, canary } = await lookAtRelease(context, project);
  if (isActive && canary !== deployment) throw new GivenUp(endedBadly('assertion', underWay(canary)));
  if (!isActive) await vercel(context, project, startWords(deployment));
  await vercel(context, project, completeWords(deployment));
  await settled(context, project, deployment);
}

/**
 * Gives a deployment all traffic back: a release of another one that is under way is aborted, one that was completed is
 * followed by another that is completed at once. Looks first: an undo that was killed is done again.
 */
export async function returnRelease(
  context: VercelContext,
  project: VercelProject,
  before: string,
): Promise<void> {
  const { isActive, canary } = await lookAtRelease(context, project);
  if (isActive && canary !== before) {
    await vercel(context, project, abortWords(before));
    context.say(
      'WARNING',
      'the rolling release was aborted; Vercel assigns no domains to deployments from Git until the next promotion',
    );
    return settled(context, project, before);
  }
  const now = await atRest(context, project);
  if (isActive || now.deployment !== before) return releaseAtOnce(context, project, before);
  context.say('INFO', `${before} is in production: nothing to go back from`);
}

/** An undo that was killed may have asked for something that is still under way. */
async function atRest(context: VercelContext, project: VercelProject): Promise<Production> {
  let now = await lookAtProduction(context, project);
  await lookUntil(context, async () => {
    if (now.isMoving) now = await lookAtProduction(context, project);
    return { done: !now.isMoving, message: 'a promotion or rollback is under way' };
  });
  return now;
}

/** Waits until users get a deployment, and that alone. */
async function settled(context: VercelContext, project: VercelProject, deployment: string): Promise<void> {
  await lookUntil(context, async () => {
    const { isActive, canary } = await lookAtRelease(context, project);
    if (isActive) return { done: false, message: underWay(canary) };
    const now = await lookAtProduction(context, project);
    const message = `${deployment} should have all traffic, but ${now.deployment || 'nothing'} is in production`;
    return { done: now.deployment === deployment, message };
  });
}
