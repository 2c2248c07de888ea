import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { EngineAct } from '@sophia/core/deploy/engines/engine-act';
import type { StopReason } from '@sophia/core/deploy/event';
import { stepId } from '@sophia/core/deploy/plan';
import { formatDuration } from '@sophia/core/duration';
import { messageOf } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';
import { endedBadly, endedWell } from './acts.ts';
import type { ActEnd, ActRequest, Attempt, PerformAct, RunningAct, StepServices } from './acts.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { runCommand } from './run-command.ts';
import { watchChecks } from './watch-checks.ts';

/** Before the second, third, ... try: twice as long each time. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export interface PerformerOptions {
  readonly session: Session;
  readonly log: DeploymentLog;
  readonly services: StepServices;
}

/** A performer of acts, and the end of what it keeps on disk for them. */
export interface Performer {
  readonly perform: PerformAct;
  close(): Promise<void>;
}

/** Runs the programs of steps on this machine. */
export async function createPerformer(options: PerformerOptions): Promise<Performer> {
  const parent = options.session.host.variables['RUNNER_TEMP'] ?? tmpdir();
  const folder = await mkdtemp(join(parent, 'sophia-deploy-'));
  return {
    perform: (request) => new StepAct(request, { ...options, folder }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** One act with its retries and its bound; each attempt has the whole of the step's timeout. */
class StepAct implements RunningAct {
  readonly ended: Promise<ActEnd>;
  readonly #request: ActRequest;
  readonly #options: PerformerOptions & { readonly folder: string };
  readonly #stopping = new AbortController();
  #reason: StopReason | null = null;

  constructor(request: ActRequest, options: PerformerOptions & { readonly folder: string }) {
    this.#request = request;
    this.#options = options;
    this.ended = this.#run();
  }

  stop(reason: StopReason): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#stopping.abort(reason);
  }

  async #run(): Promise<ActEnd> {
    const { clock } = this.#options.session.host;
    const { step, act } = this.#request;
    const startedMs = clock.monotonicMs();
    // A `before` of the user's is tried once: nobody said that it may run twice. An engine's only looks.
    const most = act === 'before' && step.act.kind !== 'engine' ? 1 : step.retries + 1;
    for (let attempts = 1; ; attempts += 1) {
      const end = await this.#attempt().catch((error: unknown) =>
        endedBadly('configuration', messageOf(error)),
      );
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      const stopped = end.exitCode === 0 ? null : this.#reason;
      if (end.exitCode === 0 || stopped !== null || attempts >= most)
        return { ...end, stopped, attempts, durationMs };
      const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
      const id = stepId(this.#request.phase.name, step.name);
      this.#options.log.say('WARNING', `${id}: ${end.message}; tried again in ${formatDuration(delayMs)}`);
      await clock.sleep(delayMs, this.#stopping.signal);
      if (this.#reason !== null) return { ...end, stopped: this.#reason, attempts, durationMs };
    }
  }

  async #attempt(): Promise<Attempt> {
    const { step, act } = this.#request;
    if (step.act.kind === 'engine') return this.#engine(step.act);
    if (act === 'undo') {
      if (step.undo.kind === 'command') return this.#command(step.undo.command);
      return this.#bounded((signal) => this.#options.services.stopFleet(signal));
    }
    if (act === 'before') return step.before === null ? endedWell() : this.#command(step.before);
    switch (step.act.kind) {
      case 'run':
        return this.#command(step.act.command);
      case 'fleet':
        return this.#bounded((signal) => this.#options.services.startFleet(signal));
      case 'gate': {
        const { checks } = step.act;
        return this.#bounded((signal) => this.#options.services.runChecks(checks, signal));
      }
      case 'watch': {
        const { durationMs, checks } = step.act;
        return this.#bounded((signal) => watchChecks({ ...this.#options, durationMs, checks, signal }));
      }
      case 'require-env':
        return requireVariables(step.act.names, this.#options.session.host.variables);
    }
  }

  async #engine(act: EngineAct): Promise<Attempt> {
    const directory = await this.#directory();
    if (directory === undefined) return this.#noDirectory();
    const { performEngine } = await import('./engines/perform-engine.ts');
    const { session, log } = this.#options;
    const signal = this.#stopping.signal;
    return performEngine(act, { ...this.#request, directory, session, log, signal });
  }

  async #directory(): Promise<string | undefined> {
    const directory = resolve(this.#options.session.directory, this.#request.step.directory);
    const isFolder = await stat(directory).then(
      (found) => found.isDirectory(),
      () => false,
    );
    return isFolder ? directory : undefined;
  }

  #noDirectory(): Attempt {
    return endedBadly(
      'configuration',
      `the working directory ${this.#request.step.directory} does not exist`,
    );
  }

  async #command(command: string | readonly string[]): Promise<Attempt> {
    const { session, log, folder } = this.#options;
    const directory = await this.#directory();
    if (directory === undefined) return this.#noDirectory();
    return runCommand({
      ...this.#request,
      command,
      directory,
      session,
      log,
      folder,
      signal: this.#stopping.signal,
    });
  }

  async #bounded(act: (signal: AbortSignal) => ReturnType<StepServices['stopFleet']>): Promise<Attempt> {
    const { timeoutMs } = this.#request.step;
    const timeout = AbortSignal.timeout(timeoutMs);
    const verdict = await act(AbortSignal.any([timeout, this.#stopping.signal]));
    if (verdict.ok) return endedWell();
    if (timeout.aborted) return endedBadly('timeout', `not done within ${formatDuration(timeoutMs)}`);
    return endedBadly(verdict.category ?? 'assertion', verdict.message);
  }
}

function requireVariables(
  names: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Attempt {
  const missing = names.filter((name) => {
    const value = variables[name] ?? '';
    return value.trim() === '' || value.startsWith('PLACEHOLDER');
  });
  if (missing.length === 0) return endedWell();
  return endedBadly('configuration', `not set: ${missing.join(', ')}`);
}
