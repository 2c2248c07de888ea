import { appendFileSync, writeSync } from 'node:fs';

import { messageOf, SophiaError } from '@sophia/core/errors';
import { maskedForms } from '@sophia/core/secrets/masks';

import { systemClock } from '../ports/clock.ts';
import { nodeFiles } from '../ports/files.ts';
import { createRedaction } from '../ports/redaction.ts';
import type { Redaction } from '../ports/redaction.ts';
import { commandLine, fileEntry, inert } from './command-text.ts';
import type { Annotation, Host, Variables } from './host.ts';
import { cancelSignal } from './cancel-signal.ts';
import { eventContext, runIdentity } from './run-identity.ts';

/** Variables of the runner that are secrets whatever a configuration says. */
const RUNNER_SECRETS = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'GITHUB_TOKEN'];

const STDOUT = 1;

/** Writes a line at once and whole; `process.stdout` would load all of Node's streams for it. */
function print(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // nobody reads any more, and the work goes on
      if (code !== 'EAGAIN') throw error; // a pipe that is full: whoever reads it is slow
    }
  }
}

/** Appends to one of the runner's files; without a runner (the variable is not set) there is nobody to read it. */
function appendTo(path: string | undefined, text: () => string): void {
  if (path === undefined || path === '') return;
  try {
    appendFileSync(path, text());
  } catch (error) {
    throw new SophiaError('environment', {
      message: `a file of the runner cannot be written: ${messageOf(error)}`,
      hint: 'free some space on the runner, then run the job again',
      cause: error,
    });
  }
}

function annotationLine({ level, message, ...places }: Annotation): string {
  const { title, file = '', line, column } = places;
  const position = {
    file,
    line: line === undefined ? '' : String(line),
    col: column === undefined ? '' : String(column),
  };
  return commandLine(level, { ...position, title }, message);
}

/** The runner of GitHub Actions as a host. The environment is read here, once. */
export function actionsHost(variables: Variables): Host {
  const redaction = createRedaction();
  for (const name of RUNNER_SECRETS) redaction.add(variables[name] ?? '');
  return {
    kind: 'actions',
    variables,
    run: runIdentity(variables),
    event: eventContext(variables),
    signal: cancelSignal(),
    clock: systemClock,
    redaction,
    files: nodeFiles(redaction),
    ...printing(redaction),
    ...runnerFiles(variables, redaction),
    ...runnerServices(variables, redaction),
  };
}

/** What goes to stdout: lines, annotations and masks. */
function printing(redaction: Redaction): Pick<Host, 'log' | 'mask' | 'maskForms' | 'annotate'> {
  const say = (level: 'debug' | 'info') => (message: string) => {
    const text = inert(redaction.redact(message));
    print(level === 'debug' ? commandLine('debug', {}, text) : text);
  };
  const annotate = (annotation: Annotation) => {
    const { title, message } = annotation;
    print(
      annotationLine({ ...annotation, title: redaction.redact(title), message: redaction.redact(message) }),
    );
  };
  const maskForms = (forms: Iterable<string>) => {
    const planned = [...forms];
    redaction.addForms(planned);
    // Of a mask with line breaks the runner hides each line, a lone brace too; and no line of a log could match it.
    for (const form of planned) if (!/[\r\n]/.test(form)) print(commandLine('add-mask', {}, form));
  };
  return {
    annotate,
    log: {
      debug: say('debug'),
      info: say('info'),
      warning: (message) => annotate({ level: 'warning', title: '', message }),
      error: (message) => annotate({ level: 'error', title: '', message }),
    },
    mask: (value) => maskForms(maskedForms(value)),
    maskForms,
  };
}

type RunnerFiles = Pick<
  Host,
  'setOutput' | 'exportVariable' | 'keepsSummary' | 'appendSummary' | 'saveState' | 'readState'
>;

/** What goes through the runner's files. */
function runnerFiles(variables: Variables, redaction: Redaction): RunnerFiles {
  const setInFile = (file: string, name: string, value: string) =>
    appendTo(variables[file], () => fileEntry(name, value, crypto.randomUUID()));
  return {
    setOutput: (name, value) => setInFile('GITHUB_OUTPUT', name, value),
    exportVariable: (name, value) => setInFile('GITHUB_ENV', name, value),
    keepsSummary: (variables['GITHUB_STEP_SUMMARY'] ?? '') !== '',
    appendSummary: (markdown) =>
      appendTo(variables['GITHUB_STEP_SUMMARY'], () => `${redaction.redact(markdown)}\n`),
    saveState: (name, value) => setInFile('GITHUB_STATE', name, value),
    readState: (name) => variables[`STATE_${name}`] ?? '',
  };
}

/** What the runner's services do: artifacts and ID tokens. */
function runnerServices(
  variables: Variables,
  redaction: Redaction,
): Pick<Host, 'uploadArtifact' | 'idToken'> {
  return {
    async uploadArtifact(request) {
      if ((variables['ACTIONS_RUNTIME_TOKEN'] ?? '') === '') return undefined;
      const { upload } = await import('./artifacts.ts');
      return upload(request);
    },
    async idToken(audience) {
      if ((variables['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '') === '') {
        throw new SophiaError('forbidden', {
          message: 'this job may not ask for an OIDC token',
          hint: 'add `permissions: { id-token: write }` to the job (and to its caller, for a reusable workflow)',
        });
      }
      const { getIDToken } = await import('@actions/core');
      const token = await getIDToken(audience);
      redaction.add(token);
      return token;
    },
  };
}
