import { parseInputs } from '@sophia/core/definition/action';
import { definition } from '@sophia/mcp-orchestrate/definition';
import { startSession } from '@sophia/runtime/host/session';
import { terminalHost } from '@sophia/runtime/host/terminal';
import { Command } from 'commander';

import { EXIT } from './exit-codes.ts';
import { harmless, stderrWriter, terminalLog } from './terminal-log.ts';

interface LogsOptions {
  readonly config?: string;
  readonly registry?: string;
  readonly follow?: boolean;
}

/** `sophia mcp logs NAME [-f]`: what a server of the running fleet wrote. */
export function logsCommand(): Command {
  return new Command('logs')
    .argument('<server>')
    .description('what a server of the fleet wrote')
    .option('-f, --follow', 'keep printing as it writes, until Ctrl-C')
    .option('--config <path>', 'the configuration of the fleet')
    .option('--registry <path>', 'the registry, for a fleet without a configuration')
    .action(async (name: string, { config = '', registry = '', follow = false }: LogsOptions) => {
      const { readServerLog } = await import('@sophia/runtime/fleet/read-server-log');
      const inputs = parseInputs(definition, (input) => (input === 'config' ? config : ''));
      const host = terminalHost({
        variables: { ...process.env },
        log: terminalLog({ writer: stderrWriter, showDebug: false }),
      });
      const session = startSession('mcp-orchestrate', host, inputs);
      await readServerLog({
        session,
        name,
        registry,
        follow,
        onText: (text) => process.stdout.write(harmless(text)),
      });
      // As everything that Ctrl-C ends.
      if (host.signal.aborted) process.exitCode = EXIT.interrupted;
    });
}
