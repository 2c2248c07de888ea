import { SophiaError } from '@sophia/core/errors';
import { describe } from '@sophia/runtime/host/run-action';
import { CommanderError } from 'commander';
import pc from 'picocolors';

import { EXIT, exitCodeOf } from './exit-codes.ts';
import { atTerminal } from './words.ts';

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'supervise') {
    const { supervise } = await import('@sophia/runtime/fleet/supervise');
    return supervise(args[1] ?? '');
  }
  const { program } = await import('./program.ts');
  await program(VERSION).parseAsync([...args], { from: 'user' });
  return Number(process.exitCode ?? EXIT.passes);
}

const VERSION = '1.0.0';

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.passes : EXIT.usage);
  const words = describe(atTerminal(error), 'sophia').replace(/\nhint: /, `\n  ${pc.dim('hint:')} `);
  process.stderr.write(`${pc.red(error instanceof SophiaError ? 'error:' : 'bug:')} ${words}\n`);
  process.exit(exitCodeOf(error));
}
