import { messageOf, SophiaError } from '@sophia/core/errors';

import { loadConfig } from '../config/load-config.ts';
import type { Session } from '../host/session.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import { fileJournalStore } from './file-journal.ts';
import type { JournalStore } from './journal-store.ts';

export type JournalKind = 'file' | 'artifact' | 'git-ref';

const PERMISSIONS = { 'git-ref': 'contents: write', artifact: 'actions: read' } as const;

export interface StoreRequest {
  readonly kind: JournalKind;
  readonly environment: string;
  readonly inputs: DeployInputs;
}

/** @returns the store on this machine's disk, which every deployment writes to. */
export const localStore = ({ directory, host }: Session): JournalStore =>
  fileJournalStore({ directory, clock: host.clock, log: host.log });

/**
 * Opens the store that a deployment asks for.
 *
 * @throws SophiaError `usage` where `git-ref` or `artifact` has no token or no repository
 */
export async function openStore(
  session: Session,
  { kind, environment, inputs }: StoreRequest,
): Promise<JournalStore> {
  const local = localStore(session);
  if (kind === 'file') return local;
  const { host } = session;
  const token = inputs.journalToken || inputs.githubToken || terminalToken(session);
  if (token === '' || host.run.repository === '') {
    throw new SophiaError('usage', {
      message: `\`journal: ${kind}\` needs a token and a repository; nothing has run`,
      hint: `set the input \`journal-token\`, and give the job \`${PERMISSIONS[kind]}\`; at a terminal, set GITHUB_TOKEN and GITHUB_REPOSITORY`,
    });
  }
  if (kind === 'artifact') {
    const { ArtifactStore } = await import('./artifact-store.ts');
    return new ArtifactStore({ session, environment, token, local });
  }
  const { openGitHub } = await import('../github/github.ts');
  const { gitRefStore } = await import('./git-ref-store.ts');
  const apiUrl = host.variables['GITHUB_API_URL'] ?? 'https://api.github.com';
  const github = await openGitHub({
    token,
    repository: host.run.repository,
    apiUrl,
    clock: host.clock,
    signal: host.signal,
  });
  return gitRefStore({ github, environment, session, local });
}

/** At a terminal tokens are no options: they would stand in the shell's history. */
function terminalToken({ host }: Session): string {
  const token = host.kind === 'terminal' ? (host.variables['GITHUB_TOKEN'] ?? '') : '';
  if (token !== '') host.mask(token);
  return token;
}

/**
 * Finds the store of a rollback: as the journal that is here says; else as the configuration says.
 *
 * @throws SophiaError `usage` where nothing says which environment is meant
 */
export async function findStore(
  session: Session,
  inputs: DeployInputs,
): Promise<{ store: JournalStore; environment: string }> {
  const { deploymentId, environment: asked } = session.common;
  const here = deploymentId === '' ? undefined : await localStore(session).find(deploymentId);
  if (here !== undefined) {
    const { environment, plan } = here.state.started;
    return { store: await openStore(session, { kind: plan.journal, environment, inputs }), environment };
  }
  const config = await readConfig(session);
  const environment = config?.environment ?? asked;
  if (environment === '' && deploymentId === '') throw noEnvironment();
  const configured = config?.sections.deployment.journal ?? (inputs.journalToken === '' ? 'file' : 'git-ref');
  const journal = inputs.journal === 'configured' ? configured : inputs.journal;
  const kind = environment === '' ? 'file' : journal;
  return { store: await openStore(session, { kind, environment, inputs }), environment };
}

/** A deployment that is named can be rolled back without a configuration, or with a broken one. */
async function readConfig(session: Session) {
  try {
    return await loadConfig(session, ['deployment']);
  } catch (error) {
    if (session.common.deploymentId === '') throw error;
    session.host.log.warning(`rolling back without the configuration: ${messageOf(error)}`);
    return undefined;
  }
}

const noEnvironment = () =>
  new SophiaError('usage', {
    message: 'neither a deployment nor an environment is named, and there is no configuration',
    hint: 'set the input `deployment-id` or `environment`',
  });
