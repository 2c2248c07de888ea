import type { EngineStage } from './engine-act.ts';
import type { EngineCommands, Words } from './engine-commands.ts';
import type { PulumiSettings } from './pulumi-settings.ts';

type Target = Pick<PulumiSettings, 'stack'>;

/** So many updates are looked through for the last good one. */
const MOST_UPDATES = 50;

const ofStack = ({ stack }: Target, ...args: readonly string[]): Words => [
  'pulumi',
  ...args,
  `--stack=${stack}`,
  '--non-interactive',
];

/** Prints the newest updates; changes nothing. */
export const historyWords = (target: Target): Words =>
  ofStack(target, 'stack', 'history', '--json', `--page-size=${MOST_UPDATES}`, '--page=1');

/** Prints the whole state, its secrets encrypted; changes nothing. */
export const exportWords = (target: Target): Words => ofStack(target, 'stack', 'export');

/** Prints what would change; changes nothing. */
export const previewWords = (settings: PulumiSettings): Words =>
  ofStack(settings, 'preview', ...(settings.refresh ? ['--refresh'] : []));

/** @param directory of another program than the one in the step's directory */
export const upWords = (settings: PulumiSettings, directory?: string): Words =>
  ofStack(
    settings,
    'up',
    '--yes',
    '--skip-preview',
    ...(settings.refresh ? ['--refresh'] : []),
    ...(directory === undefined ? [] : [`--cwd=${directory}`]),
  );

/** Prints the stack's outputs; secrets as `[secret]`. */
export const outputWords = (target: Target): Words => ofStack(target, 'stack', 'output', '--json');

/** Ends the update that holds the stack's lock. */
export const cancelWords = (target: Target): Words => ofStack(target, 'cancel', '--yes');

/**
 * Tells who holds the stack's lock, and changes nothing: a backend of files looks at the lock before it refuses to make
 * a stack that is there. No other command asks for the lock without doing something under it.
 */
export const lockWords = ({ stack }: Target): Words => [
  'pulumi',
  'stack',
  'init',
  stack,
  '--no-select',
  '--non-interactive',
];

/** Fetches what a program needs: packages and plugins. */
export const installWords = (directory: string): Words => ['pulumi', 'install', `--cwd=${directory}`];

/** Prints the directory's path inside its repository, with a `/` at its end. */
export const PREFIX_WORDS: Words = ['git', 'rev-parse', '--show-prefix'];

export const hasCommitWords = (commit: string): Words => ['git', 'cat-file', '-e', `${commit}^{commit}`];

export const fetchWords = (commit: string): Words => [
  'git',
  'fetch',
  '--quiet',
  '--depth=1',
  '--no-tags',
  'origin',
  commit,
];

export const addWorktreeWords = (folder: string, commit: string): Words => [
  'git',
  'worktree',
  'add',
  '--quiet',
  '--force',
  '--detach',
  folder,
  commit,
];

/** Forgets worktrees whose folders are gone. */
export const PRUNE_WORDS: Words = ['git', 'worktree', 'prune'];

/** @returns all that the engine runs for one step. */
export function planPulumi(settings: PulumiSettings, _stage: EngineStage): EngineCommands {
  const commit = '<commit of the last good update>';
  const folder = '<worktree>';
  return {
    check: [],
    before: [historyWords(settings), exportWords(settings), PREFIX_WORDS, hasCommitWords(commit)],
    run: [previewWords(settings), upWords(settings), outputWords(settings)],
    undo: [
      exportWords(settings),
      lockWords(settings),
      hasCommitWords(commit),
      addWorktreeWords(folder, commit),
      installWords(folder),
      upWords(settings, folder),
      PRUNE_WORDS,
    ],
  };
}
