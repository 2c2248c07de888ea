import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { parseInputs } from '@sophia/core/definition/action';
import type { ActionDefinition, InputsOf } from '@sophia/core/definition/action';
import { SophiaError } from '@sophia/core/errors';
import { publish } from '@sophia/runtime/host/publish';
import type { UseCase } from '@sophia/runtime/host/run-action';
import { startSession } from '@sophia/runtime/host/session';
import type { CommonInputs } from '@sophia/runtime/host/session';
import { terminalHost } from '@sophia/runtime/host/terminal';
import type { Log } from '@sophia/runtime/ports/log';
import { Command, InvalidArgumentError, Option } from 'commander';

import { EXIT } from './exit-codes.ts';
import type { LiveView } from './live/live-view.ts';
import { renderItems } from './render-items.ts';
import { stderrWriter, terminalLog } from './terminal-log.ts';
import type { Round } from './watch.ts';
import { FROM_ENVIRONMENT, typedAs } from './words.ts';

/** Inputs that mean something inside a job only: artifacts, its OIDC token, its run and pull request on GitHub. */
const JOB_ONLY = new Set([
  ...['upload-artifact', 'retention-days', 'config-inline', 'allow-file', 'github-secrets'],
  ...['oidc-organization', 'oidc-requested-token-type', 'oidc-scope', 'oidc-expiration'],
  ...['download-artifacts', 'artifact-pattern', 'summary', 'check-run'],
  ...['run-id', 'needs', 'number', 'marker', 'alert-issue'],
]);

/** One command that runs an action's use case. */
export interface UseCaseCommand<D extends ActionDefinition> {
  readonly name: string;
  readonly description: string;
  readonly definition: D;
  readonly load: () => Promise<UseCase<D>>;
  /** Inputs that the command itself decides, such as `mode` of `sophia mcp start`. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Inputs that mean nothing to this command. */
  readonly without?: readonly string[];
  /** Descriptions of inputs that are less, or are called otherwise, at a terminal. */
  readonly words?: Readonly<Record<string, string>>;
  /** Defaults of this command, where they are not the action's. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** An option that does something else than the use case, and gives the exit code. */
  readonly instead?: {
    readonly option: string;
    readonly description: string;
    readonly run: (value: string, json: boolean) => Promise<number>;
  };
  /** Adds `--watch <interval>`: the same again and again. */
  readonly watchable?: boolean;
  /** Adds `--open`. @returns the page that was written, from the working directory; empty where there is none */
  readonly page?: (outputs: Readonly<Record<string, string>>) => string;
}

/** Adds the options of an action's inputs: at a terminal they have the same names as in a workflow. */
export function useCaseCommand<D extends ActionDefinition>(spec: UseCaseCommand<D>): Command {
  const command = new Command(spec.name).description(spec.description);
  // What an option alone means is the default, which stands in its description.
  command.configureHelp({ optionDescription: ({ description }) => description });
  for (const [name, input] of Object.entries(spec.definition.inputs)) {
    // A secret never comes by the command line, where every process of the machine could read it.
    if (JOB_ONLY.has(name) || input.secret || spec.fixed?.[name] !== undefined) continue;
    if (spec.without?.includes(name) === true) continue;
    const description = spec.words?.[name] ?? input.description;
    const fallback = spec.defaults?.[name] ?? input.default;
    command.addOption(optionOf(name, { ...input, description, default: fallback }));
  }
  command.option('--json', 'print the report on stdout, and nothing else').option('--debug', 'print more');
  if (spec.watchable)
    command.option('--watch <interval>', 'run again each interval, such as 30s, until Ctrl-C', itsOwn);
  if (spec.page !== undefined) command.option('--open', 'open the page in the browser');
  if (spec.instead !== undefined)
    command.addOption(
      new Option(`--${spec.instead.option} <value>`, spec.instead.description)
        .conflicts(['watch'])
        .argParser(itsOwn),
    );
  command.action(async (...args: unknown[]) => {
    const options = args[args.length - 2] as Readonly<Record<string, unknown>>;
    const other = spec.instead === undefined ? undefined : options[spec.instead.option];
    if (spec.instead !== undefined && typeof other === 'string') {
      process.exitCode = await spec.instead.run(other, options['json'] === true);
      return;
    }
    process.exitCode = await runUseCase(spec, command);
  });
  return command;
}

/** An option whose value was forgotten would swallow the next option as one. */
function itsOwn(value: string): string {
  if (/^--[a-z]/.test(value)) throw new InvalidArgumentError('That is another option: the value is missing.');
  return value;
}

/** A flag may stand alone, and so may one of a few words (`--resume`): the default is meant then. */
function optionOf(name: string, input: ActionDefinition['inputs'][string]): Option {
  const isFlag = input.type === '`true`, `false`';
  const isChoice = input.type.startsWith('`') && !isFlag;
  const accepted = isChoice ? ` One of ${input.type}.` : '';
  const otherwise = isFlag || input.default === '' ? '' : ` Default: \`${input.default}\`.`;
  const option = new Option(
    `--${name} ${isFlag || isChoice ? '[value]' : '<value>'}`,
    `${input.description}${accepted}${otherwise}`,
  );
  if (isFlag) return option.preset('true');
  return isChoice ? option.preset(input.default) : option.argParser(itsOwn);
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

async function runUseCase<D extends ActionDefinition>(
  spec: UseCaseCommand<D>,
  command: Command,
): Promise<number> {
  const options: Readonly<Record<string, unknown>> = command.opts();
  const given = (name: string): string => {
    const variable = FROM_ENVIRONMENT[name];
    const value = variable === undefined ? options[camel(name)] : process.env[variable];
    return spec.fixed?.[name] ?? (typeof value === 'string' ? value : (spec.defaults?.[name] ?? ''));
  };
  const inputs = parseOptions(spec.definition, command, (name) =>
    name === 'upload-artifact' ? 'false' : given(name),
  );
  requireFolder(given('working-directory') || '.');
  const interval = options['watch'];
  const live = await liveViewFor(options);
  const log = terminalLog({
    writer: live ?? stderrWriter,
    showDebug: options['debug'] === true,
    // A watch tells what is otherwise than before, and not everything again.
    isPictured: () => live?.isActive === true || typeof interval === 'string',
  });
  const host = terminalHost({ variables: { ...process.env }, log, progress: live });
  const useCase = await spec.load();
  const runOnce = async (): Promise<Ran> => {
    const session = startSession(spec.definition.name, host, inputs as unknown as CommonInputs);
    try {
      const { passes, ...result } = await useCase(inputs, session);
      const report = await publish(session, { ...result, passes, annotations: [] });
      const page = spec.page?.(result.outputs) ?? '';
      return {
        ...{ passes, report, logFile: result.outputs['log-path'] ?? '' },
        page: page === '' ? undefined : resolve(session.directory, page),
      };
    } finally {
      live?.end();
    }
  };
  if (typeof interval === 'string') {
    const { watch } = await import('./watch.ts');
    return watch({ runOnce, host, interval, json: options['json'] === true });
  }
  const ran = await runOnce();
  const json = options['json'] === true;
  const text = json ? JSON.stringify(ran.report, undefined, 2) : renderItems(ran.report, columns());
  process.stdout.write(`${host.redaction.redact(text)}\n`);
  if (host.signal.aborted) return EXIT.interrupted;
  await showFiles(ran, log, options);
  return ran.passes ? EXIT.passes : EXIT.fails;
}

const columns = () => process.stdout.columns || 100;

/** A use case that has run, and what it wrote for people. */
interface Ran extends Round {
  /** Path of the page; undefined where there is none. */
  readonly page: string | undefined;
  /** Path of the readable log of a deployment; empty where there is none. */
  readonly logFile: string;
}

/** Says where to read on. That no page could be opened is no failure of the report. */
async function showFiles(
  { page, logFile, passes }: Ran,
  log: Log,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (logFile !== '' && !passes) log.info(`the log is ${logFile}`);
  if (page === undefined) return;
  if (options['json'] !== true) log.info(`the page is ${page}`);
  if (options['open'] !== true) return;
  const { openPage } = await import('./open-page.ts');
  const problem = await openPage(page);
  if (problem !== undefined) log.warning(problem);
}

/** @throws SophiaError `usage` with the words of this command line */
function parseOptions<D extends ActionDefinition>(
  definition: D,
  command: Command,
  read: (name: string) => string,
): InputsOf<D> {
  try {
    return parseInputs(definition, read);
  } catch (error) {
    if (!(error instanceof SophiaError)) throw error;
    const hint = `\`${typedAs(command)} --help\` describes the options`;
    throw new SophiaError(error.code, { message: error.message, hint, cause: error });
  }
}

/** @throws SophiaError `usage`: what is missing in a folder that is not there would be a riddle */
function requireFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new SophiaError('usage', {
    message: `--working-directory: ${path} is no folder`,
    hint: 'name one that is there; paths begin where the command is typed',
  });
}

/** A picture needs a terminal that can be drawn on, and somebody who wants one. */
async function liveViewFor(options: Readonly<Record<string, unknown>>): Promise<LiveView | undefined> {
  const { CI = '', NO_COLOR = '', TERM } = process.env;
  if (options['json'] === true || options['debug'] === true || CI !== '') return undefined;
  if (NO_COLOR !== '' || TERM === 'dumb') return undefined;
  if (!process.stderr.isTTY) return undefined;
  return (await import('./live/live-view.ts')).createLiveView(process.stderr);
}
