import { systemClock } from '../ports/clock.ts';
import { nodeFiles } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';
import type { Progress } from '../ports/progress.ts';
import { createRedaction } from '../ports/redaction.ts';
import type { Redaction } from '../ports/redaction.ts';
import { SophiaError } from '@sophia/core/errors';

import { cancelSignal } from './cancel-signal.ts';
import type { Host, Variables } from './host.ts';
import { eventContext, runIdentity } from './run-identity.ts';

/** What a terminal adds to the use cases: where lines go, and what an exported variable is good for. */
export interface TerminalOptions {
  readonly variables: Variables;
  readonly log: Log;
  /** A picture at this terminal; absent: lines. */
  readonly progress?: Progress | undefined;
}

/** A terminal as a host: no outputs, no masks, no artifacts; stdout belongs to the command that was typed. */
export function terminalHost({ variables, log, progress }: TerminalOptions): Host {
  const redaction = createRedaction();
  const say = (level: keyof Log) => (message: string) => log[level](redaction.redact(message));
  const nothing = () => undefined;
  return {
    kind: 'terminal',
    variables,
    run: { ...runIdentity(variables), actor: variables['GITHUB_ACTOR'] ?? variables['USER'] ?? '' },
    event: eventContext(variables),
    signal: cancelSignal(),
    clock: systemClock,
    redaction,
    files: nodeFiles(redaction),
    log: { debug: say('debug'), info: say('info'), warning: say('warning'), error: say('error') },
    ...(progress === undefined ? {} : { progress: redacted(progress, redaction) }),
    mask: redaction.add,
    maskForms: redaction.addForms,
    setOutput: nothing,
    exportVariable: nothing,
    annotate: ({ level, message }) => log[level === 'notice' ? 'info' : level](redaction.redact(message)),
    keepsSummary: false,
    appendSummary: nothing,
    saveState: nothing,
    readState: () => '',
    uploadArtifact: () => Promise.resolve(undefined),
    idToken: () =>
      Promise.reject(
        new SophiaError('unsupported', {
          message: 'a terminal has no OIDC token of a job',
          hint: 'set PULUMI_ACCESS_TOKEN instead',
        }),
      ),
  };
}

function redacted(progress: Progress, redaction: Redaction): Progress {
  return {
    begin: (names) => progress.begin(names),
    allow: (limits) => progress.allow(limits),
    say: (name, text) => progress.say(name, redaction.redact(text)),
    update: (name, { state, text }) =>
      progress.update(name, { state, ...(text === undefined ? {} : { text: redaction.redact(text) }) }),
  };
}
