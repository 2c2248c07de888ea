import type { StopReason } from '@sophia/core/deploy/event';
import { stepId } from '@sophia/core/deploy/plan';
import { formatDuration } from '@sophia/core/duration';

import type { Session } from '../host/session.ts';
import { endedBadly } from './acts.ts';
import type { ActRequest, Attempt } from './acts.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { runProcess } from './run-process.ts';
import type { ProcessEnd } from './run-process.ts';
import { stepEnvironment } from './step-environment.ts';
import { stepOutput } from './step-output.ts';

/** Errors stand at the end. */
const MOST_JUDGED_CHARACTERS = 16_000;

export interface StepProgramRequest extends Omit<ActRequest, 'act'> {
  readonly act: ActRequest['act'] | 'check';
  readonly words: readonly [string, ...string[]];
  /** Absolute. */
  readonly directory: string;
  readonly session: Session;
  readonly log: DeploymentLog;
  /** Aborted with a {@link StopReason}. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly outputFile: string | null;
  /** Lines that tell why it failed. */
  readonly telling?: RegExp;
  /** Variables on top of the step's environment. */
  readonly more?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Gets what the program prints instead of the log. */
  readonly onStdout?: (chunk: Buffer) => void;
}

/** How a program of a step ended. */
export interface StepProgramEnd {
  readonly exitCode: number;
  /** The last line that was not empty, redacted and shortened. */
  readonly lastLine: string;
  /** The end of what it wrote to stderr, not redacted: to be judged, not to be shown. */
  readonly stderr: string;
  /** Null for exit code 0. */
  readonly failure: Attempt | null;
}

/** Runs one program for a step, in the step's environment; its output is streamed to the log, redacted. */
export async function runStepProgram(request: StepProgramRequest): Promise<StepProgramEnd> {
  const { phase, step, act, session, log, signal, timeoutMs, onStdout } = request;
  const id = stepId(phase.name, step.name);
  const mark = act === 'run' ? id : `${id} (${act})`;
  const onLine = (line: string) => session.host.progress?.say(id, line);
  const output = stepOutput({ host: session.host, log, mark, onLine, telling: request.telling });
  let stderr = '';
  const running = runProcess({
    words: request.words,
    directory: request.directory,
    variables: {
      ...stepEnvironment({
        variables: session.host.variables,
        state: request.state,
        phase: phase.name,
        step,
        outputFile: request.outputFile,
      }),
      ...request.more,
    },
    timeoutMs,
    ...(request.stdin === undefined ? {} : { stdin: request.stdin }),
    onOutput(stream, chunk) {
      if (stream === 'stderr') stderr = (stderr + chunk.toString('utf8')).slice(-MOST_JUDGED_CHARACTERS);
      if (stream === 'stdout' && onStdout !== undefined) onStdout(chunk);
      else output.write(stream, chunk);
    },
  });
  const stop = () => running.stop(signal.reason as StopReason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const end = await running.ended;
  signal.removeEventListener('abort', stop);
  const lastLine = output.end();
  const { exitCode } = end;
  if (exitCode === 0) return { exitCode, lastLine, stderr, failure: null };
  const unset = step.secrets.filter((name) => (session.host.variables[name] ?? '') === '');
  return { exitCode, lastLine, stderr, failure: explain(end, { timeoutMs, lastLine, unset }) };
}

interface Circumstances {
  readonly timeoutMs: number;
  readonly lastLine: string;
  /** Variables that the step lists under `secrets` and that nobody has set: often the reason. */
  readonly unset: readonly string[];
}

function explain(
  { exitCode, timedOut, problem, stopped }: ProcessEnd,
  { timeoutMs, lastLine, unset }: Circumstances,
): Attempt {
  const said = lastLine === '' ? '' : `: ${lastLine}`;
  if (timedOut) return endedBadly('timeout', `not done within ${formatDuration(timeoutMs)}${said}`, exitCode);
  if (problem !== '') return endedBadly('configuration', `cannot be started: ${problem}`, exitCode);
  if (stopped !== null) return endedBadly('assertion', STOPPED[stopped], exitCode);
  const missing = unset.length === 0 ? '' : ` (of its secrets not set: ${unset.join(', ')})`;
  return endedBadly('assertion', `exit code ${exitCode}${missing}${said}`, exitCode);
}

const STOPPED: Readonly<Record<StopReason, string>> = {
  cancelled: 'stopped: the run was cancelled',
  deadline: 'stopped: the time for the steps is used up',
  sibling: 'stopped: a phase beside it failed',
};
