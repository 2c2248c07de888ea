import type { EngineStage } from './engine-act.ts';
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

/** Waits until the domains point at the deployment; the step's timeout ends it before its own. */
export const promoteWords = ({ team }: VercelProject, deployment: string): Words =>
  vercel('promote', deployment, '--yes', '--timeout=30m', ...(isTeam(team) ? [`--scope=${team}`] : []));

/** @returns all that the engine runs for one step. */
export function planVercel(settings: VercelSettings, stage: EngineStage): EngineCommands {
  const project: VercelProject = {
    project: settings.project ?? '<project>',
    team: settings.team ?? 'team_<team>',
  };
  const made = [
    ...(settings.prebuilt ? [] : [pullWords(settings), buildWords(settings)]),
    deployWords(settings),
    deploymentWords(project, '<new deployment>'),
  ];
  if (settings.target === 'preview') return { check: [], before: [], run: made, undo: [] };
  const look = [projectWords(project), deploymentWords(project, '<production domain>')];
  const promoted = [promoteWords(project, '<new deployment>'), ...look];
  const undo = [...look, promoteWords(project, '<deployment before>'), ...look];
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
