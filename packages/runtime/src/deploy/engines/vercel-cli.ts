import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { judgeVercel } from '@sophia/core/deploy/engines/judge-vercel';
import { parseDeployment, parseLink, parseProject } from '@sophia/core/deploy/engines/vercel-answers';
import type { VercelDeployment } from '@sophia/core/deploy/engines/vercel-answers';
import { deploymentWords, projectWords, releaseWords } from '@sophia/core/deploy/engines/vercel-commands';
import type { VercelProject } from '@sophia/core/deploy/engines/vercel-commands';
import { parseRelease } from '@sophia/core/deploy/engines/vercel-rolling';
import type { RollingRelease, RollingSettings } from '@sophia/core/deploy/engines/vercel-rolling';
import type { VercelSettings } from '@sophia/core/deploy/engines/vercel-settings';

import { endedBadly } from '../acts.ts';
import type { EngineContext } from './engine.ts';
import { GivenUp, runJudged } from './run-judged.ts';

export type VercelContext = EngineContext<VercelSettings>;

/** Domains follow a promotion within moments; so often it is looked again. */
const MOST_LOOKS = 10;
const BETWEEN_LOOKS_MS = 1_000;

/** Runs `vercel`; its output goes to the log. @throws GivenUp where it fails */
export const vercel = (context: VercelContext, project: VercelProject, words: Words): Promise<string> =>
  runJudged(context, words, { judge: judgeVercel, variables: asVariables(project) });

/** Runs `vercel`. @returns what it prints @throws GivenUp where it fails */
export const answer = (context: VercelContext, project: VercelProject, words: Words): Promise<string> =>
  runJudged(context, words, { judge: judgeVercel, variables: asVariables(project), capture: true });

const asVariables = ({ project, team }: VercelProject) => ({
  VERCEL_PROJECT_ID: project,
  VERCEL_ORG_ID: team,
  VERCEL_TELEMETRY_DISABLED: '1',
});

/** Which deployment users get. */
export interface Production {
  /** Empty: none. */
  readonly deployment: string;
  readonly isMoving: boolean;
  readonly rolling: RollingSettings | undefined;
}

/** @returns what the production domain points at. */
export async function lookAtProduction(context: VercelContext, project: VercelProject): Promise<Production> {
  const { name, isMoving, rolling } = parseProject(await answer(context, project, projectWords(project)));
  if (name === '') return { deployment: '', isMoving: false, rolling };
  return { deployment: (await lookAtDeployment(context, project, name)).id, isMoving, rolling };
}

/** @returns a deployment by its id, its host, or a domain that points at it. */
export const lookAtDeployment = async (
  context: VercelContext,
  project: VercelProject,
  name: string,
): Promise<VercelDeployment> =>
  parseDeployment(await answer(context, project, deploymentWords(project, name)));

export const lookAtRelease = async (
  context: VercelContext,
  project: VercelProject,
): Promise<RollingRelease> => parseRelease(await answer(context, project, releaseWords(project)));

/** Whether it is so now, and what to say where it never is. */
export interface Look {
  readonly done: boolean;
  readonly message: string;
}

/** Looks until it is so, a limited number of times. @throws GivenUp with what it says then */
export async function lookUntil(context: VercelContext, look: () => Promise<Look>): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const { done, message } = await look();
    if (done) return;
    if (looks === MOST_LOOKS || context.signal.aborted) throw new GivenUp(endedBadly('assertion', message));
    await context.session.host.clock.sleep(BETWEEN_LOOKS_MS, context.signal);
  }
}

/** @returns undefined where neither settings nor the job nor a link in the working directory tell. */
export async function knownProject({
  settings,
  session,
  directory,
}: VercelContext): Promise<VercelProject | undefined> {
  const { variables } = session.host;
  const text = await readFile(join(directory, '.vercel', 'project.json'), 'utf8').catch(() => '');
  const link = parseLink(text);
  const project = settings.project ?? variables['VERCEL_PROJECT_ID'] ?? link?.project;
  const team = settings.team ?? variables['VERCEL_ORG_ID'] ?? link?.team;
  return project === undefined || team === undefined ? undefined : { project, team };
}

/** Without both ids, `vercel deploy --yes` would make a new project, named after the folder. */
export async function projectOf(context: VercelContext): Promise<VercelProject> {
  const project = await knownProject(context);
  if (project !== undefined) return project;
  const message =
    'which project is it? Set `project` and `team`, or VERCEL_PROJECT_ID and VERCEL_ORG_ID, or keep .vercel/project.json in the working directory';
  throw new GivenUp(endedBadly('configuration', message));
}
