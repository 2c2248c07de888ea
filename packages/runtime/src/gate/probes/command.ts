import { resolve } from 'node:path';

import type { CheckOf } from '@sophia/core/config/check-schemas';
import { failed, passed } from '@sophia/core/gate/outcome';

import { runProgram } from '../../ports/processes.ts';
import { childVariables } from '../child-variables.ts';
import type { CheckProbe } from '../probe.ts';

/** How GitHub runs `shell: bash`, so that a command means the same here and in a step. */
const BASH = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'] as const;

const LONGEST_SHOWN = 160;
const SLACK_MS = 1_000;

/** The last line that says something: of what a failed command printed, the most telling. */
const lastLine = (text: string) => text.trim().split('\n').at(-1)?.trim() ?? '';

/** Exit code 0 passes. The command sees none of the job's environment but PATH and the like, and what is listed. */
export const command: CheckProbe<'command'> = {
  target: () => undefined,
  async probe(check, context) {
    const { session, variables, signal, timeoutMs } = context;
    for (const name of check.secrets) session.host.redaction.add(variables[name] ?? '');
    const words = wordsOf(check);
    if (words === undefined) return failed(noCommand);
    const { exitCode, stdout, stderr } = await runProgram({
      words,
      directory: resolve(session.directory, check['working-directory'] ?? '.'),
      variables: childVariables(context, check),
      // The scheduler ends it by the signal; this is only the last resort.
      timeoutMs: timeoutMs + SLACK_MS,
      signal,
    });
    // Redacted before it is cut: half a secret would not be known as one.
    const said = session.host.redaction.redact(lastLine(stderr) || lastLine(stdout)).slice(0, LONGEST_SHOWN);
    if (exitCode === 0) return passed('exit code 0', { exitCode });
    const message = `exit code ${exitCode}${said === '' ? '' : `: ${said}`}`;
    const category = exitCode === 126 || exitCode === 127 ? 'configuration' : 'assertion';
    const hint =
      category === 'configuration'
        ? 'the program is not there: install it, or correct the command'
        : 'run the command by hand in the same folder';
    return failed({ category, message, hint }, { exitCode });
  },
};

function wordsOf({ command: list, run }: CheckOf<'command'>): readonly [string, ...string[]] | undefined {
  if (typeof run === 'string') return [...BASH, run];
  const [program, ...args] = list ?? run ?? [];
  return program === undefined ? undefined : [program, ...args];
}

const noCommand = {
  category: 'configuration' as const,
  message: 'there is no command to run',
  hint: 'give the check a command (a list) or run (text for bash)',
};
