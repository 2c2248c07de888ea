import { SophiaError } from '@sophia/core/errors';
import type { Command } from 'commander';

/**
 * Inputs that hold secret values. At a terminal they come from these variables, never from the command line, where every
 * process of the machine could read them.
 */
export const FROM_ENVIRONMENT: Readonly<Record<string, string>> = {
  'github-secrets': 'SOPHIA_GITHUB_SECRETS',
};

const NAMES = /(?:the )?inputs? ((?:`[a-z-]+`|"[a-z-]+")(?:(?:,| or| and) (?:`[a-z-]+`|"[a-z-]+"))*)/g;

/** How an input is given at a terminal: secrets never by an option. */
const typed = (name: string) => FROM_ENVIRONMENT[name] ?? `--${name}`;

/** @returns words of a use case about inputs as words about options: at a terminal they are what people type. */
export const inOptions = (text: string): string =>
  text
    .replace(/ \(at a terminal: [^)]*\)/g, '')
    .replace(NAMES, (_, names: string) =>
      names.replace(/[`"]([a-z-]+)[`"]/g, (__, name: string) => typed(name)),
    );

/** @returns how the command is typed, such as `sophia mcp start`. */
export const typedAs = (command: Command): string =>
  command.parent === null ? command.name() : `${typedAs(command.parent)} ${command.name()}`;

/** @returns the error with the words of a terminal; what is none of ours stays as it is. */
export function atTerminal(error: unknown): unknown {
  if (!(error instanceof SophiaError)) return error;
  const { code, message, hint, cause, details } = error;
  return new SophiaError(code, { message: inOptions(message), hint: inOptions(hint), cause, details });
}
