import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { judgeVercel } from '@sophia/core/deploy/engines/judge-vercel';
import {
  deployedHost,
  parseDeployment,
  parseLink,
  parseProject,
} from '@sophia/core/deploy/engines/vercel-answers';
import type { VercelDeployment } from '@sophia/core/deploy/engines/vercel-answers';
import {
  buildWords,
  deploymentWords,
  deployWords,
  projectWords,
  promoteWords,
  pullWords,
} from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelProject } from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelSettings } from '@sophia/core/deploy/engines/vercel-settings';

import { endedBadly, endedWell } from '../acts.ts';
import type { Attempt } from '../acts.ts';
import type { Engine, EngineContext } from './engine.ts';
import { endOf, GivenUp, runJudged } from './run-judged.ts';

type Context = EngineContext<VercelSettings>;

/** Domains follow a promotion within moments; so often it is looked again. */
const MOST_LOOKS = 10;
const BETWEEN_LOOKS_MS = 1_000;

/** Deploys without traffic, promotes what is ready, and goes back by promoting what was in production before. */
export const vercelEngine: Engine<VercelSettings> = {
  before: (context) =>
    endOf('vercel', async () => {
      const project = await projectOf(context);
      if (context.settings.target === 'preview') return endedWell();
      const { deployment } = await lookAtProduction(context, project);
      return endedWell({ ...project, deployment });
    }),

  run: (context) =>
    endOf('vercel', async () => {
      const { settings, stage, outputs } = context;
      const project = await projectOf(context);
      const isProduction = settings.target === 'production';
      if (stage.kind === 'whole') {
        const made = await deploy(context, project);
        if (isProduction) await promote(context, project, made.id);
        return endedWith(made);
      }
      if (!isProduction) return endedBadly('configuration', 'a preview gets no traffic: it has no strategy');
      if (stage.kind === 'start') return endedWith(await deploy(context, project));
      if (stage.kind === 'weight')
        return endedBadly('configuration', 'Vercel takes all traffic at once here: no canary');
      await promote(context, project, outputs['deployment'] ?? '');
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

const endedWith = ({ id, url }: VercelDeployment) => endedWell({ deployment: id, url });

/** Also what a killed undo left half done: a promotion that is under way may lead elsewhere. */
async function goBack(context: Context, project: VercelProject, before: string): Promise<Attempt> {
  if (before === '') {
    context.say('WARNING', 'nothing was in production before: what this deployment put there stays');
    return endedWell();
  }
  const now = await lookAtProduction(context, project);
  if (now.deployment === before && !now.isMoving) {
    context.say('INFO', `${before} is in production: nothing to go back from`);
    return endedWell();
  }
  await promote(context, project, before);
  return endedWell();
}

/** The deployment is there and answers at its own address; the production domains do not point at it yet. */
async function deploy(context: Context, project: VercelProject): Promise<VercelDeployment> {
  const { settings } = context;
  if (!settings.prebuilt) {
    await vercel(context, project, pullWords(settings));
    await vercel(context, project, buildWords(settings));
  }
  const host = deployedHost(await answer(context, project, deployWords(settings)));
  if (host === undefined) throw new GivenUp(endedBadly('protocol', 'vercel deploy printed no address'));
  const deployment = await look(context, project, host);
  if (deployment.readyState === 'READY') return deployment;
  throw new GivenUp(endedBadly('assertion', `${deployment.url} is ${deployment.readyState}, not READY`));
}

/** The CLI also ends well where a promotion is queued or skipped: what the domains point at tells. */
async function promote(context: Context, project: VercelProject, deployment: string): Promise<void> {
  await vercel(context, project, promoteWords(project, deployment));
  for (let looks = 1; ; looks += 1) {
    const now = await lookAtProduction(context, project);
    if (now.deployment === deployment) return;
    if (looks === MOST_LOOKS || context.signal.aborted) {
      const message = `${deployment} was promoted, but ${now.deployment || 'nothing'} is in production (a rolling release, or a promotion that waits for one?)`;
      throw new GivenUp(endedBadly('assertion', message));
    }
    await context.session.host.clock.sleep(BETWEEN_LOOKS_MS, context.signal);
  }
}

interface Production {
  /** Empty: none. */
  readonly deployment: string;
  readonly isMoving: boolean;
}

async function lookAtProduction(context: Context, project: VercelProject): Promise<Production> {
  const place = parseProject(await answer(context, project, projectWords(project)));
  if (place === undefined) return { deployment: '', isMoving: false };
  return { deployment: (await look(context, project, place.name)).id, isMoving: place.isMoving };
}

const look = async (context: Context, project: VercelProject, name: string) =>
  parseDeployment(await answer(context, project, deploymentWords(project, name)));

const vercel = (context: Context, project: VercelProject, words: Words) =>
  runJudged(context, words, { judge: judgeVercel, variables: asVariables(project) });

const answer = (context: Context, project: VercelProject, words: Words) =>
  runJudged(context, words, { judge: judgeVercel, variables: asVariables(project), capture: true });

const asVariables = ({ project, team }: VercelProject) => ({
  VERCEL_PROJECT_ID: project,
  VERCEL_ORG_ID: team,
  VERCEL_TELEMETRY_DISABLED: '1',
});

/** Without both, `vercel deploy --yes` would make a new project, named after the folder. */
async function projectOf({ settings, session, directory }: Context): Promise<VercelProject> {
  const { variables } = session.host;
  const text = await readFile(join(directory, '.vercel', 'project.json'), 'utf8').catch(() => '');
  const link = parseLink(text);
  const project = settings.project ?? variables['VERCEL_PROJECT_ID'] ?? link?.project;
  const team = settings.team ?? variables['VERCEL_ORG_ID'] ?? link?.team;
  if (project !== undefined && team !== undefined) return { project, team };
  const message =
    'which project is it? Set `project` and `team`, or VERCEL_PROJECT_ID and VERCEL_ORG_ID, or keep .vercel/project.json in the working directory';
  throw new GivenUp(endedBadly('configuration', message));
}
