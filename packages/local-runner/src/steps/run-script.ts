import { randomUUID } from 'node:crypto';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import { evaluateText } from '../expressions/evaluate.ts';
import { runProcess } from '../process/run-process.ts';
import type { ScriptCall } from '../workflow/model.ts';
import { defaultShell, findShell, type Shell } from '../workflow/shells.ts';
import type { TemplateToken } from '../workflow/tokens.ts';
import type { Execution } from './execution.ts';
import { createLineHandler } from './handle-line.ts';
import { stepEnvironment } from './step-environment.ts';

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function shellFor(text: string, path: string): Shell {
  const shell = text === '' ? defaultShell(isOnPath('bash', path)) : findShell(text);
  if (shell) return shell;
  throw new SophiaError('unsupported', {
    message: `the shell '${text}' is not supported locally`,
    hint: "use bash, sh, python, or a command with '{0}' for the script's path",
  });
}

function firstText(execution: Execution, tokens: readonly (TemplateToken | undefined)[]): string {
  const token = tokens.find((candidate) => candidate !== undefined);
  return token ? evaluateText(token, execution.scope) : '';
}

function workingDirectory(execution: Execution, call: ScriptCall): string {
  const defaults = execution.task.scope.defaults.map((level) => level.workingDirectory);
  const path = firstText(execution, [call.workingDirectory, ...defaults]);
  const folder = resolve(execution.job.directories.workspace, path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new SophiaError('not-found', {
    message: `the working directory '${path}' does not exist`,
    hint: 'check out the repository first, or create the folder in an earlier step',
  });
}

/** Runs the script of a `run` step in its shell. */
export async function runScript(execution: Execution, call: ScriptCall): Promise<void> {
  const { job } = execution;
  const env = stepEnvironment(execution);
  const shell = firstText(execution, [
    call.shell,
    ...execution.task.scope.defaults.map((level) => level.shell),
  ]);
  const { command, extension } = shellFor(shell.trim(), env['PATH'] ?? '');
  const script = join(job.directories.temp, `${randomUUID()}${extension}`);
  const cwd = workingDirectory(execution, call);
  writeFileSync(script, `${evaluateText(call.script, execution.scope)}\n`);
  const [program = '', ...args] = command.split(' ').filter((part) => part !== '');
  const code = await runProcess({
    command: program,
    args: args.map((arg) => arg.replace('{0}', script)),
    cwd,
    env,
    onLine: createLineHandler(execution),
    signal: execution.signal,
    timing: job.run.timing,
  });
  if (code !== 0 && !execution.signal.aborted) execution.fail(`Process completed with exit code ${code}.`);
}
