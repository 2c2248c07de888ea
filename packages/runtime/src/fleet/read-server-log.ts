import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

import { SophiaError } from '@sophia/core/errors';
import { didYouMean } from '@sophia/core/nearest-name';

import type { Session } from '../host/session.ts';
import { stateDirectoryOf } from './state-directory.ts';
import { logName } from './server-log-name.ts';

/** Which log to show. */
export interface ServerLogRequest {
  readonly session: Session;
  /** The name of a server. */
  readonly name: string;
  /** As for the fleet's start; empty: the configuration's registry. */
  readonly registry?: string;
  /** True: go on with what comes, until the host's signal. */
  readonly follow: boolean;
  /** Gets the text, already redacted by the supervisor; untrusted. */
  readonly onText: (text: string) => void;
}

const POLL_MS = 250;

/**
 * Shows the log of a server of the running fleet, and follows it. Logs live as long as their fleet.
 *
 * @throws SophiaError `state` where there is no such log
 */
export async function readServerLog(request: ServerLogRequest): Promise<void> {
  const { session, name, registry = '', follow, onText } = request;
  const { clock, signal } = session.host;
  const folder = join(stateDirectoryOf(session, registry), 'logs');
  const path = join(folder, `${logName(name)}.log`);
  let shown = 0;
  // A character may be written half.
  const decoder = new StringDecoder('utf8');
  do {
    const size = await stat(path).then(
      (facts) => facts.size,
      () => undefined,
    );
    if (size === undefined && shown === 0) throw await noLog(folder, name);
    // Shorter than before: it was moved aside, with what nobody has seen of it, and begins anew.
    if (size !== undefined && size < shown) {
      const old = await readFile(`${path}.1`).catch(() => Buffer.alloc(0));
      onText(decoder.write(old.subarray(shown)));
      shown = 0;
    }
    if (size !== undefined && size > shown) {
      const text = await readFile(path);
      onText(decoder.write(text.subarray(shown)));
      shown = text.length;
    }
    if (follow) await clock.sleep(POLL_MS, signal);
  } while (follow && !signal.aborted);
}

async function noLog(folder: string, name: string): Promise<SophiaError> {
  const files = await readdir(folder).catch(() => []);
  const known = files
    .filter((file) => file.endsWith('.log'))
    .map((file) => decodeURIComponent(file.slice(0, -4)));
  if (known.length === 0) {
    return new SophiaError('state', {
      message: 'no fleet runs here, so there are no logs',
      hint: 'start it: sophia mcp start',
    });
  }
  const message = `there is no log of "${name}"${didYouMean(name, known)}`;
  return new SophiaError('state', { message, hint: `there are logs of ${known.join(', ')}` });
}
