import { deployedHost } from '@sophia/core/deploy/engines/vercel-answers';
import type { VercelDeployment } from '@sophia/core/deploy/engines/vercel-answers';
import {
  buildWords,
  deployWords,
  promoteWords,
  pullWords,
  requestWords,
} from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelProject } from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelSettings } from '@sophia/core/deploy/engines/vercel-settings';
import type { GradualStage } from '@sophia/core/deploy/engines/engine-act';

import { endedBadly, endedWell } from '../acts.ts';
import type { Attempt } from '../acts.ts';
import type { Engine } from './engine.ts';
import { endOf, GivenUp } from './run-judged.ts';
import {
  answer,
  knownProject,
  lookAtDeployment,
  lookAtProduction,
  lookUntil,
  projectOf,
  vercel,
} from './vercel-cli.ts';
import type { VercelContext } from './vercel-cli.ts';
import {
  finishRelease,
  reachWeight,
  releaseAtOnce,
  requireNoRelease,
  requireStages,
  returnRelease,
} from './vercel-rolling.ts';

/** Deploys without traffic, promotes what is ready, and goes back by promoting what was in production before. */
export const vercelEngine: Engine<VercelSettings> = {
  check: (context) =>
    endOf('vercel', async () => {
      const { stage, settings } = context;
      if (stage.kind !== 'start') return endedWell();
      if (settings.target === 'preview') return NO_TRAFFIC;
      if (stage.strategy !== 'canary') return endedWell();
      // A step before it may link the project.
      const project = await knownProject(context);
      if (project !== undefined) requireStages(await lookAtProduction(context, project), stage);
      return endedWell();
    }),

  before: (context) =>
    endOf('vercel', async () => {
      const { stage, settings } = context;
      const project = await projectOf(context);
      if (settings.target === 'preview') return endedWell();
      const now = await lookAtProduction(context, project);
      if (stage.kind !== 'whole' && stage.strategy === 'canary') requireStages(now, stage);
      if (now.rolling !== undefined) await requireNoRelease(context, project);
      return endedWell({ ...project, deployment: now.deployment });
    }),

  run: (context) =>
    endOf('vercel', async () => {
      const { settings, stage } = context;
      const project = await projectOf(context);
      const isProduction = settings.target === 'production';
      if (stage.kind === 'whole') {
        const made = await deploy(context, project);
        if (isProduction) await promote(context, project, made.id);
        return endedWith(made);
      }
      if (!isProduction) return NO_TRAFFIC;
      if (stage.kind === 'start') return endedWith(await deploy(context, project));
      await moveTraffic(context, project, stage);
      return endedWell();
    }),

  undo: (context) =>
    endOf('vercel', async () => {
      if (context.settings.target === 'preview') {
        context.say('INFO', 'a preview stays at its own address; nothing else points at it');
        return endedWell();
      }
      const { project = '', team = '', deployment } = context.captured;
      if (deployment === undefined)
        return endedBadly('protocol', 'the journal does not hold the state before');
      return goBack(context, { project, team }, deployment);
    }),
};

const NO_TRAFFIC = endedBadly('configuration', 'a preview gets no traffic: it has no strategy');

const endedWith = ({ id, url }: VercelDeployment) => endedWell({ deployment: id, url });

async function moveTraffic(
  context: VercelContext,
  project: VercelProject,
  stage: Exclude<GradualStage, { kind: 'start' }>,
): Promise<void> {
  const { deployment = '' } = context.outputs;
  const isFirst = context.captured['deployment'] === '';
  if (stage.kind === 'promote') {
    if (stage.strategy === 'canary' && !isFirst) return finishRelease(context, project, deployment);
    return promote(context, project, deployment);
  }
  if (!isFirst) return reachWeight(context, project, { deployment, stage });
  context.say('INFO', 'nothing is in production to share the traffic with: it gets all of it at once');
}

/** Also what a killed undo left half done: a promotion that is under way may lead elsewhere. */
async function goBack(context: VercelContext, project: VercelProject, before: string): Promise<Attempt> {
  if (before === '') {
    context.say('WARNING', 'nothing was in production before: what this deployment put there stays');
    return endedWell();
  }
  const now = await lookAtProduction(context, project);
  if (now.rolling !== undefined) await returnRelease(context, project, before);
  else if (now.deployment !== before || now.isMoving) await promote(context, project, before);
  else context.say('INFO', `${before} is in production: nothing to go back from`);
  return endedWell();
}

/** The deployment is there and answers at its own address; the production domains do not point at it yet. */
async function deploy(context: VercelContext, project: VercelProject): Promise<VercelDeployment> {
  const { settings } = context;
  if (!settings.prebuilt) {
    await vercel(context, project, pullWords(settings));
    await vercel(context, project, buildWords(settings));
  }
  const host = deployedHost(await answer(context, project, deployWords(settings)));
  if (host === undefined) throw new GivenUp(endedBadly('protocol', 'vercel deploy printed no address'));
  const deployment = await lookAtDeployment(context, project, host);
  if (deployment.readyState === 'READY') return deployment;
  throw new GivenUp(endedBadly('assertion', `${deployment.url} is ${deployment.readyState}, not READY`));
}

/** The CLI also ends well where a promotion is queued or skipped: what the domains point at tells. */
async function promote(context: VercelContext, project: VercelProject, deployment: string): Promise<void> {
  const { rolling, deployment: before } = await lookAtProduction(context, project);
  if (rolling !== undefined && before !== '') return releaseAtOnce(context, project, deployment);
  const words = rolling === undefined ? promoteWords : requestWords;
  await vercel(context, project, words(project, deployment));
  await lookUntil(context, async () => {
    const now = await lookAtProduction(context, project);
    const message = `${deployment} was promoted, but ${now.deployment || 'nothing'} is in production (a promotion that waits for another?)`;
    return { done: now.deployment === deployment, message };
  });
}
