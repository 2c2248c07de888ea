import { formatDuration } from '../duration.ts';
import type { ActResult, EventBody } from './event.ts';
import type { LogLevel } from './log-line.ts';

export interface EventLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** @returns an event as a line of the readable log. */
export function renderEvent(event: EventBody): EventLine {
  switch (event.type) {
    case 'deployment.started':
      return info(startLine(event));
    case 'deployment.resumed': {
      const torn =
        event.dropped === null ? '' : `; a torn last line of ${event.dropped.bytes} bytes was dropped`;
      return { level: 'WARNING', message: `the deployment goes on from its journal${torn}` };
    }
    case 'phase.started':
      return info(`phase ${event.phase} starts`);
    case 'phase.finished':
      return {
        level: event.status === 'success' ? 'INFO' : 'ERROR',
        message: `phase ${event.phase}: ${event.status}`,
      };
    case 'step.started':
      return info(`${event.phase}/${event.step} starts`);
    case 'before.finished':
      return info(`${event.phase}/${event.step}: the state before is noted`);
    case 'step.finished':
      return ended(`${event.phase}/${event.step}`, event);
    case 'rollback.started':
      return { level: 'WARNING', message: `the rollback starts (${event.reason})` };
    case 'undo.started':
      return info(`${event.phase}/${event.step}: undo starts`);
    case 'undo.finished':
      return ended(`${event.phase}/${event.step}: undo`, event);
    case 'rollback.finished': {
      const left =
        event.remaining.length === 0 ? '' : `; to be undone by hand: ${event.remaining.join(', ')}`;
      const level = event.status === 'rolled-back' ? 'WARNING' : 'ERROR';
      return { level, message: `the rollback has ended: ${event.status}${left}` };
    }
    case 'deployment.finished': {
      const level = event.status === 'success' ? 'INFO' : event.status === 'warning' ? 'WARNING' : 'ERROR';
      return { level, message: `the deployment has ended: ${event.status}` };
    }
    case 'override':
      return {
        level: 'WARNING',
        message: `override by ${event.actor || 'somebody'}: ${event.what}: ${event.reason}`,
      };
  }
}

const info = (message: string): EventLine => ({ level: 'INFO', message });

function startLine(event: Extract<EventBody, { type: 'deployment.started' }>): string {
  const of = event.commit === '' ? '' : ` of ${event.commit.slice(0, 12)}`;
  const undoes = event.undoes === null ? '' : `, undoing ${event.undoes.deploymentId}`;
  return `deployment ${event.deploymentId}${of} to ${event.environment} starts${undoes}; plan ${event.planHash.slice(0, 12)}`;
}

function ended(what: string, { exitCode, attempts, durationMs, message }: ActResult): EventLine {
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const time = `${formatDuration(durationMs)}${tries}`;
  if (exitCode === 0) return info(`${what}: done in ${time}`);
  return { level: 'ERROR', message: `${what}: failed in ${time}: ${message}` };
}
