import { SophiaError } from '@sophia/core/errors';
import type { Command } from 'commander';

const NAMES = /(?:the )?inputs? ((?:`[a-z-]+`|"[a-z-]+")(?:(?:,| or| and) (?:`[a-z-]+`|"[a-z-]+"))*)/g;

/** @returns words of a use case about inputs as words about options: at a terminal they are what people type. */
export const inOptions = (text: string): string =>
  text
    .replace(/ \(at a terminal: [^)]*\)/g, '')
    .replace(NAMES, (_, names: string) => names.replace(/[`"]([a-z-]+)[`"]/g, '--$1'));

/** @returns how the command is typed, such as `sophia mcp start`. */
export const typedAs = (command: Command): string =>
  command.parent === null ? command.name() : `${typedAs(command.parent)} ${command.name()}`;

/** @returns the error with the words of a terminal; what is none of ours stays as it is. */
export function atTerminal(error: unknown): unknown {
  if (!(error instanceof SophiaError)) return error;
  const { code, message, hint, cause, details } = error;
  return new SophiaError(code, { message: inOptions(message), hint: inOptions(hint), cause, details });
}
