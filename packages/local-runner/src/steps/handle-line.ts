import type { Annotation } from '../run-options.ts';
import type { Execution } from './execution.ts';
import { parseCommand, type WorkflowCommand } from './parse-command.ts';

const KNOWN = new Set([
  'add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice', 'remove-matcher',
  'save-state', 'set-env', 'set-output', 'stop-commands', 'warning',
]); // prettier-ignore

/** The runner switched these off in 2020: any output could set variables (CVE-2020-15228). */
const disabled = (name: string): string =>
  `The \`${name}\` command is disabled. Please upgrade to using Environment Files. ` +
  'See https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/';

type Handler = (execution: Execution, command: WorkflowCommand) => void;

function annotate(level: Annotation['level']): Handler {
  return (execution, { data, properties }) => {
    const { title, file, line } = properties;
    execution.annotate({
      level,
      message: data,
      ...(title === undefined ? {} : { title }),
      ...(file === undefined ? {} : { file }),
      ...(line === undefined || !/^\d+$/.test(line) ? {} : { line: Number(line) }),
    });
  };
}

function named(handle: (execution: Execution, name: string, value: string) => void): Handler {
  return (execution, command) => {
    const name = command.properties['name'];
    if (name === undefined) {
      execution.fail(`Required field 'name' is missing in ##[${command.name}] command.`);
    } else handle(execution, name, command.data);
  };
}

const handlers: Readonly<Record<string, Handler>> = {
  error: annotate('error'),
  warning: annotate('warning'),
  notice: annotate('notice'),
  debug: (execution, { data }) => execution.debug(data),
  group: (execution, { data }) => execution.log(`##[group]${data}`),
  endgroup: (execution) => execution.log('##[endgroup]'),
  'add-mask': (execution, { data }) => {
    if (data.trim() === '') {
      execution.annotate({
        level: 'warning',
        message: "Can't add secret mask for empty string in ##[add-mask] command.",
      });
    } else execution.job.masks.add(data);
  },
  'set-output': named((execution, name, value) => {
    execution.outputs[name] = value;
    execution.annotate({
      level: 'warning',
      message:
        'The `set-output` command is deprecated and will be disabled soon. Please upgrade to using Environment Files.',
    });
  }),
  'save-state': named((execution, name, value) => {
    execution.task.state[name] = value;
  }),
  'set-env': (execution) => execution.fail(disabled('set-env')),
  'add-path': (execution) => execution.fail(disabled('add-path')),
  'add-matcher': (execution) =>
    execution.log('problem matchers are not supported locally: nothing is matched'),
  'remove-matcher': () => undefined,
};

/** Words that would resume by accident; the runner refuses them. */
const isWeakToken = (token: string): boolean =>
  token.trim() === '' || token === 'pause-logging' || KNOWN.has(token);

/** @returns what takes each line of a step's output: a command is obeyed, anything else goes to the log. */
export function createLineHandler(execution: Execution): (line: string) => void {
  let stopToken: string | undefined;
  let echo = execution.job.debug;
  const isCommand = (name: string): boolean => KNOWN.has(name.toLowerCase()) || name === stopToken;

  return (line) => {
    const command = parseCommand(line, isCommand);
    if (!command || (stopToken !== undefined && command.name !== stopToken.toLowerCase())) {
      execution.log(line);
    } else if (stopToken !== undefined) {
      execution.log(line);
      stopToken = undefined;
    } else if (command.name === 'stop-commands') {
      if (isWeakToken(command.data)) execution.fail(`Invalid token for stop-commands: '${command.data}'`);
      else stopToken = command.data;
      execution.log(line);
    } else if (command.name === 'echo') {
      echo = command.data.trim().toLowerCase() === 'on';
    } else {
      handlers[command.name]?.(execution, command); // first, so that a new mask hides its own line
      if (echo) execution.log(command.name === 'add-mask' ? '::add-mask::***' : line);
    }
  };
}
