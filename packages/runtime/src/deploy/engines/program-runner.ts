import type { StopReason } from '@sophia/core/deploy/event';
import { formatDuration } from '@sophia/core/duration';

import { endedBadly } from '../acts.ts';
import type { Attempt } from '../acts.ts';
import { runStepProgram } from '../run-step-program.ts';
import type { EngineContext, ProgramEnd } from './engine.ts';
import type { EngineRequest } from './perform-engine.ts';

const MOST_CAPTURED_BYTES = 16_000_000;
const NOT_RUN = 127;

type ProgramRunner = Pick<EngineContext<unknown>, 'program' | 'signal'>;

/** @returns what runs the programs of one act: the step's timeout bounds all of them together. */
export function createProgramRunner(request: EngineRequest): ProgramRunner {
  const { clock } = request.session.host;
  const { timeoutMs } = request.step;
  const endMs = clock.monotonicMs() + timeoutMs;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  return {
    signal,
    async program(words, { stdin, capture = false, variables = {}, telling } = {}) {
      if (request.signal.aborted) return notRun(stopped(request.signal.reason as StopReason));
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) return notRun(outOfTime(timeoutMs));
      const chunks: Buffer[] = [];
      let bytes = 0;
      const onStdout = (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MOST_CAPTURED_BYTES) chunks.push(chunk);
      };
      const end = await runStepProgram({
        ...request,
        words,
        timeoutMs: leftMs,
        outputFile: null,
        more: variables,
        ...(telling === undefined ? {} : { telling }),
        ...(stdin === undefined ? {} : { stdin }),
        ...(capture ? { onStdout } : {}),
      });
      const stdout = Buffer.concat(chunks).toString('utf8');
      if (bytes > MOST_CAPTURED_BYTES) {
        const failure = endedBadly('protocol', `${words[0]} printed more than ${MOST_CAPTURED_BYTES} bytes`);
        return { ...end, exitCode: failure.exitCode, stdout: '', failure };
      }
      const late = end.failure?.category === 'timeout' ? outOfTime(timeoutMs) : undefined;
      return { ...end, stdout, failure: late ?? end.failure };
    },
  };
}

const notRun = (failure: Attempt): ProgramEnd => ({
  exitCode: NOT_RUN,
  stdout: '',
  stderr: '',
  lastLine: '',
  failure,
});

const stopped = (reason: StopReason) => endedBadly('assertion', `stopped: ${reason}`);

const outOfTime = (timeoutMs: number) =>
  endedBadly('timeout', `not done within ${formatDuration(timeoutMs)}`);
