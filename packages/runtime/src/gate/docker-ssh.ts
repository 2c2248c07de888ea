import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { Duplex } from 'node:stream';

import type { Fault } from '@sophia/core/gate/outcome';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { refuseForbiddenLiteral } from '../http/resolver.ts';
import { socketFault } from '../http/socket-fault.ts';
import { signalGroup } from '../ports/processes.ts';
import { childVariables } from './child-variables.ts';
import type { ProbeContext } from './probe.ts';

/** What the engine said to `/_ping`. */
export interface Ping {
  readonly status: number;
  readonly body: string;
  readonly apiVersion: string;
}

const MOST_CHARACTERS = 1_024;
const LONGEST_SHOWN = 160;

/** No part may begin with `-`, or ssh would take it for an option. */
const PART = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Asks an engine as the docker command does for `ssh://user@host:port`: the machine's own `ssh` runs
 * `docker system dial-stdio` there, which hands its pipes to the engine's socket. Keys, known hosts and agents are ssh's
 * business; it asks nobody for a password.
 *
 * @throws SophiaError `trust` in a workspace that may be anybody's: its configuration would choose whom ssh signs in to
 */
export async function pingBySsh(host: URL, context: ProbeContext): Promise<Ping | Fault> {
  const { hostname, port } = host;
  const user = decodeURIComponent(host.username);
  if (!PART.test(hostname) || (user !== '' && !PART.test(user))) return badHost;
  try {
    refuseForbiddenLiteral(hostname);
  } catch (error) {
    return socketFault(error) ?? badHost;
  }
  await requireTrustedWorkspace(context.session);
  const to = [...(user === '' ? [] : ['-l', user]), ...(port === '' ? [] : ['-p', port]), '--', hostname];
  const args = ['-o', 'BatchMode=yes', ...to, 'docker', 'system', 'dial-stdio'];
  const child = spawn('ssh', args, {
    cwd: context.session.directory,
    env: childVariables(context, { env: {}, secrets: ['SSH_AUTH_SOCK'] }),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MOST_CHARACTERS) said += chunk.toString('utf8');
  });
  const end = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  context.signal.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    const gone = new Promise<Fault>((resolve) => {
      child.once('error', () => resolve(noSsh));
      // After the last of stderr has been read, which says why.
      child.once('close', () => resolve(closed(said)));
    });
    const pipes = Duplex.from({ readable: child.stdout, writable: child.stdin });
    // How the pipes of a process end that is no longer needed is of no interest.
    pipes.on('error', () => undefined);
    const answer = await Promise.race([ping(pipes), gone]);
    // A pipe closes before its process has ended, whose words say more.
    return answer ?? (await gone);
  } finally {
    context.signal.removeEventListener('abort', end);
    process.off('exit', end);
    end();
  }
}

/** @returns undefined where the pipes give no answer */
function ping(pipes: Duplex): Promise<Ping | undefined> {
  return new Promise((resolve) => {
    // With an agent, even with `false`, Node would connect by itself.
    const sent = request({ path: '/_ping', host: 'docker', createConnection: () => pipes });
    sent.on('error', () => resolve(undefined));
    sent.on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body = (body + chunk.toString('utf8')).slice(0, MOST_CHARACTERS);
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const { 'api-version': version } = response.headers;
        resolve({ status: response.statusCode ?? 0, body, apiVersion: String(version ?? 'unknown') });
      });
    });
    sent.end();
  });
}

const badHost: Fault = {
  category: 'configuration',
  message: 'DOCKER_HOST is no ssh://user@host:port',
  hint: 'write user and host as ssh takes them, without a path',
};

const noSsh: Fault = {
  category: 'configuration',
  message: 'DOCKER_HOST begins with ssh://, but there is no program ssh',
  hint: 'install the OpenSSH client',
};

const closed = (said: string): Fault => ({
  category: 'refused',
  message: `ssh ended before the engine answered: ${said.trim().split('\n').at(-1)?.slice(0, LONGEST_SHOWN) ?? ''}`,
  hint: 'try `ssh HOST docker system dial-stdio` by hand: key, known_hosts, and docker on that host must be right',
});
