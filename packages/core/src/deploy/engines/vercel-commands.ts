import type { EngineStage, GradualStage } from './engine-act.ts';
import type { EngineCommands, Words } from './engine-commands.ts';
import type { VercelSettings } from './vercel-settings.ts';

/** Whose a deployment is; programs get it by VERCEL_PROJECT_ID and VERCEL_ORG_ID. */
export interface VercelProject {
  readonly project: string;
  /** The id of a team, or of a user. */
  readonly team: string;
}

const vercel = (...args: readonly string[]): Words => ['vercel', ...args];

/** A user is no team: the API takes none for a project of one's own. */
const isTeam = (team: string) => team.startsWith('team_');

/** Prints an answer of Vercel's API; `vercel api` is not told of teams by the environment. */
const read = (path: string, { team }: VercelProject): Words =>
  vercel('api', isTeam(team) ? `${path}?teamId=${team}` : path, '--raw');

/** Prints the project; changes nothing. */
export const projectWords = (project: VercelProject): Words =>
  read(`/v9/projects/${project.project}`, project);

/** Prints a deployment, by id, by its own host, or by a domain that points at it; changes nothing. */
export const deploymentWords = (project: VercelProject, name: string): Words =>
  read(`/v13/deployments/${name}`, project);

export const pullWords = ({ target }: VercelSettings): Words =>
  vercel('pull', '--yes', `--environment=${target}`);

const production = ({ target }: VercelSettings) => (target === 'production' ? ['--prod'] : []);

export const buildWords = (settings: VercelSettings): Words =>
  vercel('build', '--yes', ...production(settings));

/** Prints the new deployment's URL. `--skip-domain`: the production domains stay where they point. */
export const deployWords = (settings: VercelSettings): Words =>
  vercel(
    'deploy',
    '--prebuilt',
    '--yes',
    ...production(settings),
    ...(settings.target === 'production' ? ['--skip-domain'] : []),
  );

/** Prints the newest rolling release; changes nothing. */
export const releaseWords = (project: VercelProject): Words =>
  read(`/v1/projects/${project.project}/rolling-release`, project);

const release = (verb: string, deployment: string, ...more: readonly string[]): Words =>
  vercel('rolling-release', verb, `--dpl=${deployment}`, ...more);

/** Gives the deployment the traffic of the first stage; a release of it that is under way stays as it is. */
export const startWords = (deployment: string): Words => release('start', deployment);

/** Ends a stage, so that the next one begins. */
export const approveWords = (deployment: string, stage: number | string): Words =>
  release('approve', deployment, `--currentStageIndex=${stage}`);

/** Gives the deployment all traffic, whatever stages are left. */
export const completeWords = (deployment: string): Words => release('complete', deployment);

/** Ends the release that is under way. What it is given is the deployment that gets all traffic back, not the canary. */
export const abortWords = (before: string): Words => release('abort', before);

/** Asks for a promotion and waits for nothing: where there are rolling releases, the program would wait for a stage. */
export const requestWords = (project: VercelProject, deployment: string): Words =>
  promoteFor('0', project, deployment);

/** Waits until the domains point at the deployment; the step's timeout ends it before its own. */
export const promoteWords = (project: VercelProject, deployment: string): Words =>
  promoteFor('30m', project, deployment);

const promoteFor = (timeout: string, { team }: VercelProject, deployment: string): Words =>
  vercel(
    'promote',
    deployment,
    '--yes',
    `--timeout=${timeout}`,
    ...(isTeam(team) ? [`--scope=${team}`] : []),
  );

/** @returns all that the engine runs for one step. */
export function planVercel(settings: VercelSettings, stage: EngineStage): EngineCommands {
  const project: VercelProject = {
    project: settings.project ?? '<project>',
    team: settings.team ?? 'team_<team>',
  };
  const made = [
    ...(settings.prebuilt ? [] : [pullWords(settings), buildWords(settings)]),
    deployWords(settings),
    deploymentWords(project, NEW),
  ];
  if (settings.target === 'preview') return { check: [], before: [], run: made, undo: [] };
  const look = [projectWords(project), deploymentWords(project, '<production domain>')];
  if (stage.kind !== 'whole' && stage.strategy === 'canary')
    return planCanary(project, stage, { made, look });
  const promoted = [promoteWords(project, NEW), ...look];
  const undo = [...look, promoteWords(project, BEFORE), ...look];
  switch (stage.kind) {
    case 'whole':
      return { check: [], before: look, run: [...made, ...promoted], undo };
    case 'start':
      return { check: [], before: look, run: made, undo };
    case 'promote':
      return { check: [], before: [], run: promoted, undo: [] };
    case 'weight':
      return { check: [], before: [], run: [], undo: [] };
  }
}

const NEW = '<new deployment>';
const BEFORE = '<deployment before>';

/** Whether the project's stages are those of the canary is looked up before the deployment begins too. */
function planCanary(
  project: VercelProject,
  stage: GradualStage,
  { made, look }: Readonly<Record<'made' | 'look', readonly Words[]>>,
): EngineCommands {
  const watched = [...look, releaseWords(project)];
  switch (stage.kind) {
    case 'start':
      return {
        check: [],
        before: watched,
        run: made,
        undo: [...watched, abortWords(BEFORE), startWords(BEFORE), completeWords(BEFORE), ...watched],
      };
    case 'weight': {
      const index = stage.weights.indexOf(stage.weight);
      const move = index === 0 ? startWords(NEW) : approveWords(NEW, index - 1);
      return { check: [], before: [], run: [releaseWords(project), move, releaseWords(project)], undo: [] };
    }
    case 'promote':
      return { check: [], before: [], run: [...watched, completeWords(NEW), ...watched], undo: [] };
  }
}
