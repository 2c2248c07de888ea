import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { sha256 } from '@sophia/core/deploy/canonical-json';
import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { judgePulumi, PULUMI_SAYS } from '@sophia/core/deploy/engines/judge-pulumi';
import { lastProgram, parseLockHolder } from '@sophia/core/deploy/engines/pulumi-answers';
import type { LockHolder } from '@sophia/core/deploy/engines/pulumi-answers';
import {
  addWorktreeWords,
  cancelWords,
  exportWords,
  fetchWords,
  hasCommitWords,
  historyWords,
  installWords,
  lockWords,
  outputWords,
  PREFIX_WORDS,
  previewWords,
  PRUNE_WORDS,
  upWords,
} from '@sophia/core/deploy/engines/pulumi-commands';
import type { PulumiSettings } from '@sophia/core/deploy/engines/pulumi-settings';

import { readProcess } from '../../fleet/proc/process-table.ts';
import { endedBadly, endedWell } from '../acts.ts';
import type { Attempt } from '../acts.ts';
import type { Engine, EngineContext } from './engine.ts';
import { endOf, GivenUp, runJudged } from './run-judged.ts';

type Context = EngineContext<PulumiSettings>;

/** Outputs of a stack that are longer are not passed on; the journal is no store of them. */
const LONGEST_OUTPUTS = 90_000;

/** Brings a stack up, and goes back by bringing up the program of the last good update again. */
export const pulumiEngine: Engine<PulumiSettings> = {
  before: (context) =>
    endOf('pulumi', async () => {
      const last = lastProgram(await answer(context, historyWords(context.settings)));
      const state = await stateHash(context);
      const prefix = await gitPrefix(context);
      const commit = prefix === undefined ? '' : (last?.commit ?? '');
      if (commit === '') warn(context, 'no commit is known whose program made the last good update');
      else await sayOfProgram(context, commit, last?.isDirty === true);
      return endedWell({ state, commit, prefix: prefix ?? '' });
    }),

  run: (context) =>
    endOf('pulumi', async () => {
      await pulumi(context, previewWords(context.settings));
      await up(context, upWords(context.settings));
      const outputs = (await answer(context, outputWords(context.settings))).trim();
      if (outputs.length <= LONGEST_OUTPUTS) return endedWell({ outputs });
      context.say(
        'WARNING',
        `the stack's outputs are longer than ${LONGEST_OUTPUTS} characters: not passed on`,
      );
      return endedWell({ outputs: '{}' });
    }),

  undo: (context) =>
    endOf('pulumi', async () => {
      const { state, commit = '', prefix = '' } = context.captured;
      if (state === undefined) return endedBadly('protocol', 'the journal does not hold the state before');
      if ((await stateHash(context)) === state) {
        context.say('INFO', 'the state of the stack is the one from before: nothing to go back from');
        await freeLock(context);
        return endedWell();
      }
      if (commit === '') return byHand(context);
      await requireCommit(context, commit);
      await upAt(context, commit, prefix);
      return endedWell();
    }),
};

/** Pulumi calls a checkout changed already where it holds a file that git neither knows nor ignores. */
async function sayOfProgram(context: Context, commit: string, isDirty: boolean): Promise<void> {
  if (isDirty)
    context.say(
      'WARNING',
      `the last good update came from a checkout with changed or unknown files: an undo will bring up ${commit} without them`,
    );
  if (!(await succeeds(context, hasCommitWords(commit))))
    context.say('WARNING', `the commit ${commit} is not in this clone: an undo will have to fetch it`);
}

const warn = (context: Context, why: string) =>
  context.say('WARNING', `${why}: an undo will not be able to bring it up again`);

/** Destroying is no way back that anybody may choose but a human. */
const byHand = ({ settings: { stack } }: Context): Attempt =>
  endedBadly(
    'configuration',
    `there is no earlier program to bring up again; if all of it may go: pulumi destroy --stack ${stack}`,
  );

/** A program that was stopped in the middle has changed the state, and may have left no update in the history. */
const stateHash = async (context: Context) => sha256(await answer(context, exportWords(context.settings)));

async function gitPrefix(context: Context): Promise<string | undefined> {
  const { failure, stdout } = await context.program(PREFIX_WORDS, { capture: true });
  return failure === null ? stdout.trim() : undefined;
}

const succeeds = async (context: Context, words: Words) => (await context.program(words)).failure === null;

/** A checkout of depth 1 has no earlier commit. */
async function requireCommit(context: Context, commit: string): Promise<void> {
  if (await succeeds(context, hasCommitWords(commit))) return;
  if (await succeeds(context, fetchWords(commit))) return;
  const message = `the commit ${commit} is not here and cannot be fetched: check out with fetch-depth: 0, then roll back again`;
  throw new GivenUp(endedBadly('not-found', message));
}

async function upAt(context: Context, commit: string, prefix: string): Promise<void> {
  const { variables } = context.session.host;
  const folder = await mkdtemp(join(variables['RUNNER_TEMP'] ?? tmpdir(), 'sophia-pulumi-'));
  try {
    const worktree = join(folder, 'program');
    await runJudged(context, addWorktreeWords(worktree, commit), { judge: () => 'configuration' });
    const program = join(worktree, prefix);
    await pulumi(context, installWords(program));
    await up(context, upWords(context.settings, program));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await context.program(PRUNE_WORDS);
  }
}

/** The lock of a dead run of this machine is taken away; anybody else's stays. */
async function up(context: Context, words: Words): Promise<void> {
  try {
    await pulumi(context, words);
  } catch (error) {
    const holder = error instanceof GivenUp ? parseLockHolder(error.attempt.message) : undefined;
    if (holder === undefined) throw error;
    if (holder.host !== hostname() || isAlive(holder.pid)) {
      const message = `another update holds the lock of the stack (process ${holder.pid} on ${holder.host}): wait for it, or, if it is dead, pulumi cancel --stack ${context.settings.stack}`;
      throw new GivenUp(endedBadly('assertion', message));
    }
    await cancel(context, holder);
    await pulumi(context, words);
  }
}

/** An update that was killed before it had changed anything leaves its lock, which no other machine could judge. */
async function freeLock(context: Context): Promise<void> {
  context.say('INFO', 'who holds its lock? nobody, if the stack is said to exist already');
  const { failure } = await context.program(lockWords(context.settings), OPTIONS);
  const holder = parseLockHolder(failure?.message ?? '');
  if (holder?.host === hostname() && !isAlive(holder.pid)) await cancel(context, holder);
}

async function cancel(context: Context, { pid }: LockHolder): Promise<void> {
  context.say('WARNING', `process ${pid} of this machine held the lock and is dead: cancelled`);
  await pulumi(context, cancelWords(context.settings));
}

/** One that has ended, and that nobody has asked about yet, is dead: in a container that may last as long as the job. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return readProcess(pid)?.zombie !== true;
}

const OPTIONS = {
  judge: judgePulumi,
  telling: PULUMI_SAYS,
  variables: { PULUMI_SKIP_UPDATE_CHECK: 'true' },
};

const pulumi = (context: Context, words: Words) => runJudged(context, words, OPTIONS);

const answer = (context: Context, words: Words) => runJudged(context, words, { ...OPTIONS, capture: true });
